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

"""The check of the policy file."""

import itertools

from cinder import policies as cinder_policies
from cinder import policy as cinder_policy  # noqa: F401  for its file's name
from oslo_config import cfg
from oslo_policy import policy

from cinder_backup_meta.cmd.status import result
from cinder_backup_meta import policies

CONF = cfg.CONF

_PREFIX = 'backup-records:'


def check_policy() -> result.Result:
    """Check that the policy file is valid and names the plugin's rules."""
    known = list(
        itertools.chain(
            cinder_policies.list_rules(), policies.list_own_rules()
        )
    )
    enforcer = policy.Enforcer(CONF)
    # Warnings about Cinder's rules are for Cinder's own command.
    enforcer.suppress_deprecation_warnings = True
    enforcer.suppress_default_change_warnings = True
    enforcer.register_defaults(known)
    try:
        enforcer.load_rules()
        enforcer.check_rules(raise_on_violation=True)
    except (cfg.Error, policy.InvalidDefinitionError, ValueError) as error:
        return result.failure(
            f'The policy file is not valid ({error}): correct it.'
        )
    names = {rule.name for rule in known}
    unknown = sorted(
        name
        for name in enforcer.file_rules
        if name.startswith(_PREFIX) and name not in names
    )
    if unknown:
        return result.warning(
            f'The policy file has rules that do not exist: '
            f'{", ".join(unknown)}. Correct their names, or remove them; the '
            "plugin's documentation lists its rules."
        )
    return result.success()
