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

from collections.abc import Mapping
import functools
import typing

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
from cinder.policies import backups as cinder_rules
from cinder.policies import base
from oslo_config import cfg
from oslo_policy import policy

from cinder_backup_meta import policies

CONF = cfg.CONF

Target = Mapping[str, str | None]

#: The target of what concerns the whole cloud. A rule that compares a value of
#: the target with the caller, such as ``project_id:%(project_id)s``, fails.
EVERYTHING: Target = {}


@functools.cache
def _enforcer() -> policy.Enforcer:
    enforcer = policy.Enforcer(CONF)
    enforcer.register_defaults(
        [*base.list_rules(), *policies.list_own_rules()]
    )
    enforcer.load_rules()
    return enforcer


def own(context: cinder_context.RequestContext) -> Target:
    """Return the target of what is the caller's own."""
    return {'project_id': context.project_id, 'user_id': context.user_id}


def owner_of(thing: typing.Any) -> Target:
    """Return the target of a backup, a catalog entry or an owner."""
    return {'project_id': thing.project_id, 'user_id': thing.user_id}


def authorize(
    context: cinder_context.RequestContext,
    rule: str,
    target: Target | None = None,
) -> None:
    """Raise PolicyNotAuthorized, HTTP 403, unless the rule allows the caller.

    :param rule: the name of a rule in :mod:`cinder_backup_meta.policies` that
        is not one of Cinder's
    :param target: project and user of what the caller asks for; by default
        the caller's own, which tells whether the rule allows anything
    """
    if target is None:
        target = own(context)
    try:
        _enforcer().authorize(
            rule,
            dict(target),
            context,
            do_raise=True,
            exc=cinder_exception.PolicyNotAuthorized,
            action=rule,
        )
    except policy.InvalidScope:
        raise cinder_exception.PolicyNotAuthorized(action=rule) from None


def is_allowed(
    context: cinder_context.RequestContext, rule: str, target: Target
) -> bool:
    """Return whether a rule allows the caller something."""
    try:
        authorize(context, rule, target)
    except cinder_exception.PolicyNotAuthorized:
        return False
    return True


def only_project(
    context: cinder_context.RequestContext, rule: str
) -> str | None:
    """Return the only project whose backups a rule shows to the caller.

    :returns: None if it shows those of all projects
    :raises PolicyNotAuthorized: if it shows none at all
    """
    if is_allowed(context, rule, EVERYTHING):
        return None
    authorize(context, rule)
    if context.project_id is None:
        raise cinder_exception.PolicyNotAuthorized(action=rule)
    return typing.cast(str, context.project_id)


def as_seen(
    context: cinder_context.RequestContext, everything: bool
) -> cinder_context.RequestContext:
    """Return the context for hosts, which shows all backups or the caller's.

    As in Cinder, an administrator's shows all, and any other those of the
    project.
    """
    if bool(context.is_admin) == everything:
        return context
    if everything:
        return context.elevated()
    seen = context.deepcopy()
    seen.is_admin = False
    return seen


def get_backup(
    context: cinder_context.RequestContext, backup_id: str
) -> cinder_objects.Backup:
    """Return a backup of Cinder's if the caller may see it.

    Corresponds to ``API.get`` of Cinder.

    :raises BackupNotFound: if there is none, or not for this caller
    """
    backup = cinder_objects.Backup.get_by_id(context, backup_id)
    try:
        context.authorize(cinder_rules.GET_POLICY, target_obj=backup)
    except cinder_exception.PolicyNotAuthorized:
        raise cinder_exception.BackupNotFound(backup_id=backup_id) from None
    return backup
