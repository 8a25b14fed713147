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

Export and import ask Cinder's own two rules, which keep their defaults: only
an administrator exports or imports. They are named here so that the generated
documents show them beside those that the plugin adds.
"""

from cinder.policies import backups
from cinder.policies import base
from oslo_policy import policy

from cinder_backup_meta.policies import catalog

EXPORT = backups.EXPORT_POLICY
IMPORT = backups.IMPORT_POLICY
KEEP_OWNER = 'backup-records:keep_owner'
SHOW = 'backup-records:show'
RELEASE = 'backup-records:release'

_RULES: list[policy.RuleDefault] = [
    policy.DocumentedRuleDefault(
        name=KEEP_OWNER,
        check_str=base.RULE_ADMIN_API,
        description=(
            'Import a backup for the user and project that its record '
            'names, whose quota is charged.'
        ),
        operations=[{'method': 'POST', 'path': '/backup-records/import'}],
    ),
    policy.DocumentedRuleDefault(
        name=SHOW,
        check_str=catalog.READERS,
        description=(
            "Show a backup's record in the catalog, and whether the backup's "
            'data is retained.'
        ),
        operations=[{'method': 'GET', 'path': '/backup-records/{backup_id}'}],
    ),
    policy.DocumentedRuleDefault(
        name=RELEASE,
        check_str=base.RULE_ADMIN_API,
        description=(
            'Let the deletion of a retained backup destroy its data and '
            'encryption key again.'
        ),
        operations=[
            {
                'method': 'POST',
                'path': '/backup-records/{backup_id}/action (release)',
            }
        ],
    ),
]


def list_own_rules() -> list[policy.RuleDefault]:
    """Return the rules that the plugin adds to those of Cinder."""
    return _RULES


def list_rules() -> list[policy.RuleDefault]:
    """Return the rules that the plugin asks, Cinder's own two first."""
    of_cinder = [
        rule for rule in backups.list_rules() if rule.name in (EXPORT, IMPORT)
    ]
    return of_cinder + _RULES
