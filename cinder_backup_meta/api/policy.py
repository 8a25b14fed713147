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

"""Checking policy rules, those of the plugin and Cinder's.

Cinder's own enforcer raises an exception for a rule that is not registered
with it, and loses rules that are registered from outside when Cinder resets
it. The plugin therefore has an enforcer of its own, with Cinder's base rules
beside the plugin's. Both read the same policy file.
"""

import functools

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
from cinder.policies import backups as cinder_rules
from cinder.policies import base
from oslo_config import cfg
from oslo_policy import policy

from cinder_backup_meta import policies

CONF = cfg.CONF


@functools.cache
def _enforcer() -> policy.Enforcer:
    enforcer = policy.Enforcer(CONF)
    enforcer.register_defaults(
        [*base.list_rules(), *policies.list_own_rules()]
    )
    enforcer.load_rules()
    return enforcer


def authorize(context: cinder_context.RequestContext, rule: str) -> None:
    """Raise PolicyNotAuthorized, HTTP 403, unless the rule allows the caller.

    :param rule: the name of a rule in :mod:`cinder_backup_meta.policies` that
        is not one of Cinder's
    """
    target = {
        'project_id': context.project_id,
        'user_id': context.user_id,
    }
    try:
        _enforcer().authorize(
            rule,
            target,
            context,
            do_raise=True,
            exc=cinder_exception.PolicyNotAuthorized,
            action=rule,
        )
    except policy.InvalidScope:
        raise cinder_exception.PolicyNotAuthorized(action=rule) from None


def get_backup(
    context: cinder_context.RequestContext, backup_id: str
) -> cinder_objects.Backup:
    """Return a backup of Cinder's if the caller may see it.

    Corresponds to ``API.get`` of Cinder.

    :raises BackupNotFound: if there is none, or not for this caller
    """
    backup = cinder_objects.Backup.get_by_id(context, backup_id)
    context.authorize(cinder_rules.GET_POLICY, target_obj=backup)
    return backup
