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

"""The policy rules that the plugin asks: the only place to look them up."""

from oslo_policy import policy

from cinder_backup_meta.policies import catalog
from cinder_backup_meta.policies import pages
from cinder_backup_meta.policies import records


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules, for the sample generator and the documentation."""
    return records.list_rules() + _of_many()


def list_own_rules() -> list[policy.RuleDefault]:
    """Return the rules that Cinder's own enforcer does not know."""
    return records.list_own_rules() + _of_many()


def _of_many() -> list[policy.RuleDefault]:
    return catalog.list_own_rules() + pages.list_own_rules()
