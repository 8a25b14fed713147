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

"""Tokens that name a user, a project and, optionally, the roles.

Cinder's own ``noauth`` makes every user an administrator, with which access
rules can be neither shown nor tested.
"""

import typing

from cinder.api.middleware import auth
from cinder.api.openstack import wsgi
import webob.dec


# Keystone adds these to each token, and Cinder's rules rely on it: a rule for
# readers does not name members.
_IMPLIED = (('admin', 'manager'), ('manager', 'member'), ('member', 'reader'))


def parse(token: str) -> tuple[str, str, list[str]] | None:
    """Parse ``USER:PROJECT:ROLE[,ROLE...]``.

    :returns: user, project and roles, including those that Keystone would
        imply; None for a token without roles, which Cinder handles
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

    A request without a token may still ask for the API versions, as the first
    request of the ``openstack`` client does. Cinder's filter would answer it
    with a token instead of the versions.
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
        # With is_admin=None Cinder's policy decides whether the roles make an
        # administrator.
        auth._set_request_context(
            req, user_id=user, project_id=project, roles=roles, is_admin=None
        )
        return self.application
