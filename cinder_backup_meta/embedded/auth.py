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

"""Tokens that name a user, a project and, if wanted, the roles.

Cinder's own ``noauth`` makes an administrator of everybody, which is no help
to show or to test what others may not do.
"""

import typing

from cinder.api.middleware import auth
from cinder.api.openstack import wsgi
import webob.dec


# Keystone puts these into each token, and Cinder's rules count on it: what a
# reader may do is not said again of a member.
_IMPLIED = (('admin', 'manager'), ('manager', 'member'), ('member', 'reader'))


def parse(token: str) -> tuple[str, str, list[str]] | None:
    """Read ``USER:PROJECT:ROLE[,ROLE...]``.

    :returns: user, project and roles, those that Keystone would imply among
        them; None for a token without roles, which
        is Cinder's own business
    """
    user, _, rest = token.partition(':')
    project, colon, names = rest.partition(':')
    if not colon:
        return None
    roles = {name.strip() for name in names.split(',') if name.strip()}
    for role, implied in _IMPLIED:
        if role in roles:
            roles.add(implied)
    return user, project or user, sorted(roles)


def _asks_for_versions(req: wsgi.Request) -> bool:
    headers = req.headers
    return (
        req.method == 'GET'
        and req.path_info in ('', '/')
        and 'X-Auth-Token' not in headers
        and 'X-Auth-User' not in headers
    )


class TokenMiddleware(auth.NoAuthMiddleware):
    """Cinder's ``noauth`` filter, with roles for the tokens that name them.

    ``USER:PROJECT`` is an administrator, as in Cinder.
    ``USER:PROJECT:ROLE[,ROLE...]`` has these roles.

    Who brings no token may still ask which versions there are, as the
    ``openstack`` client does before anything else. Cinder's filter would
    answer with a token in place of the versions.
    """

    @webob.dec.wsgify(RequestClass=wsgi.Request)
    def __call__(self, req: wsgi.Request) -> typing.Any:
        if _asks_for_versions(req):
            return self._pass_on(req, None, None, [])
        who = parse(req.headers.get('X-Auth-Token', ''))
        return self._pass_on(req, *who) if who else self.base_call(req)

    def _pass_on(
        self,
        req: wsgi.Request,
        user: str | None,
        project: str | None,
        roles: list[str],
    ) -> typing.Any:
        # Whether the roles make an administrator is for Cinder's policy to
        # say: that is what is_admin=None asks it.
        auth._set_request_context(
            req, user_id=user, project_id=project, roles=roles, is_admin=None
        )
        return self.application
