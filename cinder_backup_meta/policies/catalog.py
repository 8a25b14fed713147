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

"""Rules for reading the catalog."""

from cinder.policies import base
from oslo_policy import policy

GET_ALL = 'backup-records:get_all'
STATUS = 'backup-records:status'

#: Who may read and not write: an administrator, and whoever reads for the
#: whole system. It is no project's business: the catalog is of all projects.
READERS = f'{base.RULE_ADMIN_API} or (role:reader and system_scope:all)'


def list_own_rules() -> list[policy.RuleDefault]:
    """Return the rules that the plugin adds to those of Cinder."""
    return [
        policy.DocumentedRuleDefault(
            name=GET_ALL,
            check_str=READERS,
            description='List the records in the catalog, of any project.',
            operations=[
                {'method': 'GET', 'path': '/backup-records'},
                {'method': 'GET', 'path': '/backup-records/detail'},
            ],
        ),
        policy.DocumentedRuleDefault(
            name=STATUS,
            check_str=READERS,
            description='Show how well the catalog keeps up with Cinder.',
            operations=[{'method': 'GET', 'path': '/backup-records/status'}],
        ),
    ]
