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

from cinder_backup_meta.api import catalog as catalog_api
from cinder_backup_meta.rest import pages
from cinder_backup_meta.rest import parameters
from cinder_backup_meta.rest import schemas
from cinder_backup_meta.rest import views


class BackupRecordsController(pages.PagesController):
    """The records in the catalog, and the flag that keeps a backup's data."""

    def __init__(self) -> None:
        super().__init__()
        self._catalog = catalog_api.CatalogAPI()
        self._views = views.ViewBuilder()

    def index(self, req: typing.Any) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records``."""
        return self._views.summary_list(req, self._list(req))

    def detail(self, req: typing.Any) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records/detail``."""
        return self._views.detail_list(req, self._list(req))

    def _list(self, req: typing.Any) -> list[typing.Any]:
        params = req.params.copy()
        limit, marker = parameters.page(params)
        sort = parameters.sort(params)
        return self._catalog.list_records(
            req.environ['cinder.context'],
            sort,
            limit,
            marker,
            **parameters.catalog_selection(params),
        )

    def status(self, req: typing.Any) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records/status``."""
        return views.status(
            self._catalog.status(req.environ['cinder.context'])
        )

    def show(self, req: typing.Any, id: str) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records/{backup_id}``."""
        entry, retained = self._catalog.show_record(
            req.environ['cinder.context'], _check_id(id)
        )
        return self._views.show(req, id, entry, retained)

    @wsgi.response(HTTPStatus.ACCEPTED)
    @wsgi.action('release')
    @validation.schema(schemas.RELEASE)
    def release(
        self, req: typing.Any, id: str, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        """Answer ``POST /v3/backup-records/{backup_id}/action``."""
        self._one.release(req.environ['cinder.context'], _check_id(id))
        return views.released(id)


def _check_id(backup_id: str) -> str:
    if not uuidutils.is_uuid_like(backup_id):
        raise cinder_exception.BackupNotFound(backup_id=backup_id)
    return backup_id
