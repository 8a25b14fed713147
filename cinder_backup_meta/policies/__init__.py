# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The policy rules that the plugin checks, by use case.

cinder-api checks them in :mod:`cinder_backup_meta.api`. The entry point
``oslo.policy.policies`` names :func:`list_rules`.
"""

import itertools

from oslo_policy import policy

from cinder_backup_meta.policies import catalog
from cinder_backup_meta.policies import exports
from cinder_backup_meta.policies import imports
from cinder_backup_meta.policies import recovery
from cinder_backup_meta.policies import retention

_OF_CINDER = (exports.EXPORT_RECORD, imports.IMPORT_RECORD)


def list_rules() -> list[policy.RuleDefault]:
    """Return all rules, for the sample generator and the documentation."""
    return list(
        itertools.chain(
            exports.list_rules(),
            imports.list_rules(),
            recovery.list_rules(),
            catalog.list_rules(),
            retention.list_rules(),
        )
    )


def list_own_rules() -> list[policy.RuleDefault]:
    """Return the rules that Cinder's own enforcer does not know."""
    return [rule for rule in list_rules() if rule.name not in _OF_CINDER]
