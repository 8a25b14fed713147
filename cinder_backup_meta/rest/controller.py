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

"""The handlers of the resource ``backup-records``."""

from http import HTTPStatus
import typing

from cinder.api.openstack import wsgi
from cinder.api import validation
from cinder import exception as cinder_exception
from oslo_utils import uuidutils
import webob
import webob.exc

from cinder_backup_meta.api import catalog
from cinder_backup_meta.api import exports
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import imports
from cinder_backup_meta.api import recovery
from cinder_backup_meta.api import retention
from cinder_backup_meta import objects
from cinder_backup_meta import quoting
from cinder_backup_meta.record import ids
from cinder_backup_meta.rest import parameters
from cinder_backup_meta.rest import schemas
from cinder_backup_meta.rest import views

Body = dict[str, typing.Any]

#: The last parts of the URLs that only take POST.
POSTED = frozenset(('action', 'import', 'recover'))


class BackupRecordsController(wsgi.Controller):
    """The handlers; the routes to them are in :mod:`.extension`."""

    def __init__(self) -> None:
        super().__init__()
        live_hosts = hosts.Hosts()
        self._catalog = catalog.Catalog(live_hosts)
        self._exports = exports.Exports(live_hosts)
        self._imports = imports.Imports(live_hosts)
        self._recovery = recovery.Recovery(live_hosts)
        self._retention = retention.Retention(live_hosts)
        self._views = views.ViewBuilder()

    def index(self, req: webob.Request) -> Body:
        """Answer ``GET /v3/backup-records``."""
        return self._views.summary_list(req, self._list(req))

    def detail(self, req: webob.Request) -> Body:
        """Answer ``GET /v3/backup-records/detail``."""
        return self._views.detail_list(req, self._list(req))

    def _list(self, req: webob.Request) -> list[objects.BackupRecordEntry]:
        params = req.params.copy()
        limit, marker = parameters.pagination(params)
        if marker is not None:
            marker = ids.canonical(marker)
        sort = parameters.sort(params)
        return self._catalog.list_records(
            req.environ['cinder.context'],
            sort,
            limit,
            marker,
            **parameters.catalog_selection(params),
        )

    def status(self, req: webob.Request) -> Body:
        """Answer ``GET /v3/backup-records/status``."""
        parameters.check_empty(req.GET)
        return views.status(
            self._catalog.status(req.environ['cinder.context'])
        )

    def show(self, req: webob.Request, id: str) -> Body:
        """Answer ``GET /v3/backup-records/{backup_id}``."""
        if id in POSTED:
            raise _not_allowed(id)
        parameters.check_empty(req.GET)
        backup_id = _read_id(id)
        entry, retained = self._catalog.show_record(
            req.environ['cinder.context'], backup_id
        )
        return self._views.show(req, backup_id, entry, retained)

    def export(self, req: webob.Request) -> Body:
        """Answer ``GET /v3/backup-records/export``."""
        params = req.params.copy()
        limit, marker = parameters.pagination(params)
        page = self._exports.export_records(
            req.environ['cinder.context'],
            limit,
            marker,
            **parameters.export_selection(params),
        )
        return self._views.exported(req, page)

    def import_(
        self, req: webob.Request, body: Body
    ) -> Body | wsgi.ResponseObject:
        """Answer ``POST /v3/backup-records/import``, for one or many."""
        parameters.check_empty(req.GET)
        if isinstance(body, dict) and 'backup_record' in body:
            return wsgi.ResponseObject(
                self._import_record(req, body=body), code=HTTPStatus.CREATED
            )
        return self._import_records(req, body=body)

    @validation.schema(schemas.IMPORT_RECORD)
    def _import_record(self, req: webob.Request, body: Body) -> Body:
        options = dict(body['backup_record'])
        backup = self._imports.import_record(
            req.environ['cinder.context'],
            options.pop('backup_url'),
            backup_service=options.pop('backup_service', None),
            **options,
        )
        return views.imported_record(backup, options.get('retain', False))

    @validation.schema(schemas.IMPORT_RECORDS)
    def _import_records(self, req: webob.Request, body: Body) -> Body:
        options = dict(body['backup_records'])
        record_strings = options.pop('records')
        parameters.check_records(record_strings)
        parameters.check_options(options)
        parameters.split_charged(options)
        page = self._imports.import_records(
            req.environ['cinder.context'], record_strings, **options
        )
        return views.imported_records(page, options.get('dry_run', False))

    @validation.schema(schemas.RECOVER)
    def recover(self, req: webob.Request, body: Body) -> Body:
        """Answer ``POST /v3/backup-records/recover``."""
        parameters.check_empty(req.GET)
        options = dict(body['recover'])
        limit, marker = parameters.recovery_pagination(options)
        selection = parameters.recovery_selection(options)
        parameters.split_charged(options)
        page = self._recovery.recover_records(
            req.environ['cinder.context'], limit, marker, selection, **options
        )
        return views.recovered(page, options.get('dry_run', False))

    @wsgi.response(HTTPStatus.ACCEPTED)
    @wsgi.action('release')
    @validation.schema(schemas.RELEASE)
    def release(self, req: webob.Request, id: str, body: Body) -> Body:
        """Answer ``POST /v3/backup-records/{backup_id}/action``."""
        parameters.check_empty(req.GET)
        backup_id = _read_id(id)
        self._retention.release(req.environ['cinder.context'], backup_id)
        return views.released(backup_id)

    def not_allowed(
        self, req: webob.Request, id: str = '', **arguments: typing.Any
    ) -> typing.NoReturn:
        """Answer 405 to a method that a URL does not have."""
        raise _not_allowed(req.path_info.rpartition('/')[2] if id else '')

    # The actions by which Cinder routes POST of the collection, and PUT and
    # DELETE of everything below it.
    create = update = delete = not_allowed


def _not_allowed(name: str) -> webob.exc.HTTPMethodNotAllowed:
    """Return the error of a method that a URL does not have.

    :param name: the last part of the URL below that of the collection
    """
    allowed = 'POST' if name in POSTED else 'GET'
    return webob.exc.HTTPMethodNotAllowed(headers={'Allow': allowed})


def _read_id(text: str) -> str:
    """Return the id of a backup in Cinder's own spelling.

    :raises BackupNotFound: if no backup can have such an id
    """
    if not uuidutils.is_uuid_like(text):
        raise cinder_exception.BackupNotFound(
            backup_id=quoting.quote(text, 64)
        )
    return ids.canonical(text)
