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

"""The resource ``backup-records``."""

from http import HTTPStatus
import typing

from cinder.api.openstack import wsgi
from cinder.api import validation
from cinder import exception as cinder_exception
from oslo_utils import uuidutils

from cinder_backup_meta import api
from cinder_backup_meta.rest import schemas
from cinder_backup_meta.rest import views


class BackupRecordsController(wsgi.Controller):
    """Import with options, and the flag that keeps a backup's data."""

    def __init__(self) -> None:
        super().__init__()
        self._api = api.API()

    @wsgi.response(HTTPStatus.CREATED)
    @validation.schema(schemas.IMPORT_RECORD)
    def import_record(
        self, req: typing.Any, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        """Answer ``POST /v3/backup-records/import``."""
        options = dict(body['backup_record'])
        backup = self._api.import_with_options(
            req.environ['cinder.context'],
            options.pop('backup_url'),
            backup_service=options.pop('backup_service', None),
            **options,
        )
        return views.imported(backup, options.get('retain', False))

    def show(self, req: typing.Any, id: str) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records/{backup_id}``."""
        retained = self._api.is_retained(
            req.environ['cinder.context'], _check_id(id)
        )
        return views.show(id, retained)

    @wsgi.response(HTTPStatus.ACCEPTED)
    @wsgi.action('release')
    @validation.schema(schemas.RELEASE)
    def release(
        self, req: typing.Any, id: str, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        """Answer ``POST /v3/backup-records/{backup_id}/action``."""
        self._api.release(req.environ['cinder.context'], _check_id(id))
        return views.show(id, False)


def _check_id(backup_id: str) -> str:
    if not uuidutils.is_uuid_like(backup_id):
        raise cinder_exception.BackupNotFound(backup_id=backup_id)
    return backup_id
