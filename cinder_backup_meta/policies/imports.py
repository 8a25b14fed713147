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

"""Policy rules for imports.

The import of one record checks Cinder's own rule, which keeps its default:
administrators only.
"""

from cinder.policies import backups
from cinder.policies import base
from oslo_policy import policy

IMPORT_RECORD = backups.IMPORT_POLICY
IMPORT = 'backup-records:import'
KEEP_OWNER = 'backup-records:keep_owner'


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules that imports check, Cinder's own first."""
    return [
        *(rule for rule in backups.list_rules() if rule.name == IMPORT_RECORD),
        policy.DocumentedRuleDefault(
            name=IMPORT,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Import many records. To import them for the owners that the '
                'records name also requires "backup-records:keep_owner".'
            ),
            operations=[{'method': 'POST', 'path': '/backup-records/import'}],
        ),
        policy.DocumentedRuleDefault(
            name=KEEP_OWNER,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Import a backup for the user and project that its record '
                "names. That project's quota is charged. Whoever may not do "
                'this for every owner can neither build on nor copy backups '
                'of other projects.'
            ),
            operations=[{'method': 'POST', 'path': '/backup-records/import'}],
        ),
    ]
