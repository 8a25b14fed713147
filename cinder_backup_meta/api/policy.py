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

"""Asking the policy rules that Cinder does not know.

Cinder's own enforcer raises on a rule that is not registered with it, and
what is registered there from outside is lost when Cinder resets it. So the
plugin has an enforcer of its own, with Cinder's base rules beside ours; both
read the same policy file.
"""

import functools
import typing

from cinder import exception as cinder_exception
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


def authorize(context: typing.Any, rule: str) -> None:
    """Refuse who may not do what the rule stands for; HTTP 403.

    :param rule: a name from :mod:`cinder_backup_meta.policies`
    :raises cinder.exception.PolicyNotAuthorized: if the rule says no
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
