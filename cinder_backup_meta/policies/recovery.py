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

"""Policy rules for recovery from the catalog."""

from cinder.policies import base
from oslo_policy import policy

RECOVER = 'backup-records:recover'


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules that recovery checks."""
    return [
        policy.DocumentedRuleDefault(
            name=RECOVER,
            check_str=base.RULE_ADMIN_API,
            description=(
                'Recover the backups that Cinder has lost from their records '
                'in the catalog, for their former owners. This concerns all '
                'projects.'
            ),
            operations=[{'method': 'POST', 'path': '/backup-records/recover'}],
        ),
    ]
