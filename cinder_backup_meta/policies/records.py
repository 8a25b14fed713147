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

"""Rules for the export and import of backup records.

Both are Cinder's own and keep its defaults: only an administrator exports or
imports. They are named here so that the generated documents show which rules
of Cinder's the plugin asks.
"""

from cinder.policies import backups
from oslo_policy import policy

EXPORT = backups.EXPORT_POLICY
IMPORT = backups.IMPORT_POLICY


def list_rules() -> list[policy.RuleDefault]:
    """Return Cinder's rules for export and import."""
    return [
        rule for rule in backups.list_rules() if rule.name in (EXPORT, IMPORT)
    ]
