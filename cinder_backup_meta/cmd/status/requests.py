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

"""What decides about requests to cinder-api: rules, and their size."""

import itertools

from cinder import policies as cinder_policies
from cinder import policy as cinder_policy  # noqa: F401  for its file's name
from oslo_config import cfg
from oslo_middleware import opts as middleware_opts
from oslo_policy import policy

from cinder_backup_meta.cmd.status import result
from cinder_backup_meta import policies
from cinder_backup_meta.record import limits

CONF = cfg.CONF
for _group, _options in middleware_opts.list_opts_sizelimit():
    CONF.register_opts(_options, group=_group)

#: Bytes that the import of a page of 1,000 records may need.
BODY_SIZE = limits.MAX_MESSAGE_BYTES

_PREFIX = 'backup-records:'


def check_policy() -> result.Result:
    """Check what the policy file says of the plugin's rules."""
    known = list(
        itertools.chain(
            cinder_policies.list_rules(), policies.list_own_rules()
        )
    )
    enforcer = policy.Enforcer(CONF)
    # Cinder's own command for that warns of Cinder's rules.
    enforcer.suppress_deprecation_warnings = True
    enforcer.suppress_default_change_warnings = True
    enforcer.register_defaults(known)
    try:
        enforcer.load_rules()
        enforcer.check_rules(raise_on_violation=True)
    except (cfg.Error, policy.InvalidDefinitionError, ValueError) as error:
        return result.failure(
            f'The policy file can not be understood ({error}): correct it.'
        )
    names = {rule.name for rule in known}
    unknown = sorted(
        name
        for name in enforcer.file_rules
        if name.startswith(_PREFIX) and name not in names
    )
    if unknown:
        return result.warning(
            f'The policy file has rules that nobody asks: '
            f'{", ".join(unknown)}. Correct their names, or remove them; the '
            'rules of the plugin stand in its documentation.'
        )
    return result.success()


def check_body_size() -> result.Result:
    """Check that a page of records can be imported by one request."""
    found = CONF.oslo_middleware.max_request_body_size
    if found >= BODY_SIZE:
        return result.success()
    return result.warning(
        f'max_request_body_size in [oslo_middleware] is {found} bytes, so '
        'that imports of many records are refused or need many requests: set '
        f'it to {BODY_SIZE} on the hosts of cinder-api and restart it.'
    )
