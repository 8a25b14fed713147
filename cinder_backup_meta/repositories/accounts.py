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

"""Swift accounts of other projects than that of a request.

With ``backup_swift_auth = per_user``, Cinder keeps the backups of each project
in the project's own account, and opens it with the token of whoever asks. An
administrator's token opens the administrator's account. The account of another
project is opened with the service user of Cinder, if Swift lets that.
"""

import typing

from cinder.backup.drivers import swift  # noqa: F401  for its options
from cinder import context as cinder_context
from cinder import service_auth
from oslo_config import cfg

from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

# A driver takes a context without a user for one of a starting service.
_USER = 'cinder-backup-meta'


def context_of(project_id: str | None) -> typing.Any:
    """Return a context with which the driver opens a project's account.

    :raises Refused: with DATA_NOT_LOOKED_AT if there is no service user, or
        if the account is not known
    """
    if not project_id:
        raise not_looked_at('it is not known whose account it is in')
    try:
        plugin = service_auth.get_service_auth_plugin()
        if plugin is None:
            raise not_looked_at(
                'cinder-backup has no service user: [service_user] '
                'send_service_user_token is false'
            )
        session = service_auth.get_service_session()
        token = plugin.get_token(session)
        catalog = _catalog(plugin, session, project_id)
        user_id = plugin.get_user_id(session)
    except exception.Refused:
        raise
    except Exception as error:
        # The plugins for authentication are third-party code.
        raise not_looked_at(
            'the service user cannot be authenticated '
            f'({type(error).__name__}: {quoting.quote(error, 300)})'
        ) from error
    return cinder_context.RequestContext(
        user_id=user_id or _USER,
        project_id=project_id,
        auth_token=token,
        is_admin=True,
        service_catalog=catalog,
        overwrite=False,
    )


def _catalog(
    plugin: typing.Any, session: typing.Any, project_id: str
) -> list[dict[str, typing.Any]]:
    """Return a catalog with the account of a project.

    Keystone's has that of the service user's project; the URLs of both end in
    the id of the project.
    """
    if CONF.backup_swift_url:
        # The driver adds the id of the project to it.
        return []
    service_type, _name, interface = CONF.swift_catalog_info.split(':')
    region = CONF.backup_swift_region_name
    url = plugin.get_endpoint(
        session,
        service_type=service_type,
        interface=interface,
        region_name=region,
    )
    own = plugin.get_project_id(session)
    if not (url and own and url.endswith(own)):
        raise not_looked_at(
            'the URL of the account cannot be made from the catalog of '
            'Keystone; set backup_swift_url'
        )
    endpoint = {interface: url[: -len(own)] + project_id, 'region': region}
    return [{'type': service_type, 'endpoints': [endpoint]}]


def not_looked_at(why: str) -> exception.Refused:
    """Log and return the refusal of what could not be looked for.

    :param why: in words
    """
    LOG.warning('The Swift account of a project is not looked into: %s.', why)
    return exception.Refused(
        reasons.Reason.DATA_NOT_LOOKED_AT,
        'it is not known whether the data is there: it is in the Swift '
        "account of the backup's project, which cinder-backup cannot open "
        f'({why}). Let the service user of cinder-backup open it, or import '
        'with verify set to none; the owner of the backup can restore it, if '
        'the data is there',
    )
