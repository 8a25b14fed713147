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

"""Policy rules for reading the catalog."""

from cinder.policies import base
from oslo_policy import policy

GET_ALL = 'backup-records:get_all'
SHOW = 'backup-records:show'
STATUS = 'backup-records:status'

#: Administrators, and readers of the whole system. The catalog holds records
#: of all projects, so that no role in a single project is enough.
READERS = f'{base.RULE_ADMIN_API} or (role:reader and system_scope:all)'


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules that reading the catalog checks."""
    return [
        policy.DocumentedRuleDefault(
            name=GET_ALL,
            check_str=READERS,
            description=(
                'List the records in the catalog. Those of other projects are '
                'left out unless the rule allows them.'
            ),
            operations=[
                {'method': 'GET', 'path': '/backup-records'},
                {'method': 'GET', 'path': '/backup-records/detail'},
            ],
        ),
        policy.DocumentedRuleDefault(
            name=SHOW,
            check_str=READERS,
            description=(
                "Show a backup's record in the catalog, and whether the "
                "backup's data is retained."
            ),
            operations=[
                {'method': 'GET', 'path': '/backup-records/{backup_id}'}
            ],
        ),
        policy.DocumentedRuleDefault(
            name=STATUS,
            check_str=READERS,
            description='Show whether the catalog is up to date with Cinder.',
            operations=[{'method': 'GET', 'path': '/backup-records/status'}],
        ),
    ]
