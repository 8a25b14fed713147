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

"""Policy rules for exports.

The stock export of one record checks Cinder's own rule, which keeps its
default: administrators only.
"""

from cinder.policies import backups
from cinder.policies import base
from oslo_policy import policy

EXPORT_RECORD = backups.EXPORT_POLICY
EXPORT = 'backup-records:export'


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules that exports check, Cinder's own first."""
    return [
        *(rule for rule in backups.list_rules() if rule.name == EXPORT_RECORD),
        policy.DocumentedRuleDefault(
            name=EXPORT,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Export the records of many backups. Those of other projects '
                'are left out unless the rule allows them.'
            ),
            operations=[{'method': 'GET', 'path': '/backup-records/export'}],
        ),
    ]
