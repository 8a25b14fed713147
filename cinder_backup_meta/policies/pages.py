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

"""Rules for the export, import and recovery of many records."""

from cinder.policies import base
from oslo_policy import policy

EXPORT = 'backup-records:export'
IMPORT = 'backup-records:import'
RECOVER = 'backup-records:recover'


def list_own_rules() -> list[policy.RuleDefault]:
    """Return the rules that the plugin adds to those of Cinder."""
    return [
        policy.DocumentedRuleDefault(
            name=EXPORT,
            check_str=base.RULE_ADMIN_API,
            description='Export the records of many backups, of any project.',
            operations=[{'method': 'GET', 'path': '/backup-records/export'}],
        ),
        policy.DocumentedRuleDefault(
            name=IMPORT,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Import many records. To do it for the owners that the '
                'records name takes "backup-records:keep_owner" too.'
            ),
            operations=[{'method': 'POST', 'path': '/backup-records/import'}],
        ),
        policy.DocumentedRuleDefault(
            name=RECOVER,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Bring the backups back that Cinder has lost and the catalog '
                'has, for the owners that they had.'
            ),
            operations=[{'method': 'POST', 'path': '/backup-records/recover'}],
        ),
    ]
