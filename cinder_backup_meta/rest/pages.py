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

"""Export, import and recovery of many records."""

from http import HTTPStatus
import typing

from cinder.api.openstack import wsgi
from cinder.api import validation
from oslo_config import cfg
import webob.exc

from cinder_backup_meta import api
from cinder_backup_meta.api import pages as pages_api
from cinder_backup_meta import objects
from cinder_backup_meta.record import limits
from cinder_backup_meta.rest import page_views
from cinder_backup_meta.rest import parameters
from cinder_backup_meta.rest import schemas
from cinder_backup_meta.rest import views

CONF = cfg.CONF

OPTIONS = objects.BackupRecordBatchOptions

_TIMES = ('created_since', 'created_before')
_SELECTING = ('project_id', 'volume_id', 'name', 'service', *_TIMES)


class PagesController(wsgi.Controller):
    """The part of ``backup-records`` that is about many of them."""

    def __init__(self) -> None:
        super().__init__()
        self._one = api.API()
        self._pages = pages_api.PagesAPI()
        self._page_views = page_views.ViewBuilder()

    def export(self, req: typing.Any) -> dict[str, typing.Any]:
        """Answer ``GET /v3/backup-records/export``."""
        params = req.params.copy()
        limit, marker = parameters.page(params)
        page = self._pages.export_page(
            req.environ['cinder.context'],
            limit,
            marker,
            **parameters.export_selection(params),
        )
        return self._page_views.exported(req, page)

    def import_(
        self, req: typing.Any, body: dict[str, typing.Any]
    ) -> typing.Any:
        """Answer ``POST /v3/backup-records/import``: of one, or of many."""
        if isinstance(body, dict) and 'backup_record' in body:
            return wsgi.ResponseObject(
                self._import_one(req, body=body), code=HTTPStatus.CREATED
            )
        return self._import_many(req, body=body)

    @validation.schema(schemas.IMPORT_RECORD)
    def _import_one(
        self, req: typing.Any, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        options = dict(body['backup_record'])
        backup = self._one.import_with_options(
            req.environ['cinder.context'],
            options.pop('backup_url'),
            backup_service=options.pop('backup_service', None),
            **options,
        )
        return views.imported(backup, options.get('retain', False))

    @validation.schema(schemas.IMPORT_RECORDS)
    def _import_many(
        self, req: typing.Any, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        options = dict(body['backup_records'])
        records = options.pop('records')
        _check_size(records)
        _check_maps(options)
        _check_trial(options)
        _spread_charges(options)
        page = self._pages.import_page(
            req.environ['cinder.context'], records, **options
        )
        return page_views.imported(page, options.get('dry_run', False))

    @validation.schema(schemas.RECOVER)
    def recover(
        self, req: typing.Any, body: dict[str, typing.Any]
    ) -> dict[str, typing.Any]:
        """Answer ``POST /v3/backup-records/recover``."""
        options = dict(body['recover'])
        limit = min(
            options.pop('limit', CONF.osapi_max_limit), CONF.osapi_max_limit
        )
        marker = options.pop('marker', None)
        selection = {
            name: options.pop(name) for name in _SELECTING if name in options
        }
        for name in _TIMES:
            if name in selection:
                selection[name] = parameters.time(name, selection[name])
        if 'ids' in options:
            selection['backup_ids'] = options.pop('ids')
        _spread_charges(options)
        page = self._pages.recover_page(
            req.environ['cinder.context'], limit, marker, selection, **options
        )
        return page_views.recovered(page, options.get('dry_run', False))


def _check_size(records: list[str]) -> None:
    if len(records) > CONF.osapi_max_limit:
        raise _bad(
            f'There are {len(records)} records, and a request may have '
            f'{CONF.osapi_max_limit} (the option osapi_max_limit): send them '
            'in several requests.'
        )
    length = sum(map(len, records))
    if length > limits.MAX_PAGE_LENGTH:
        raise _bad(
            f'The records have {length} characters together, and a request '
            f'may have {limits.MAX_PAGE_LENGTH}: send them in '
            'several requests.'
        )


def _check_maps(options: dict[str, typing.Any]) -> None:
    by_record = options.get('owner') == OPTIONS.OWNER_RECORD
    for name in ('projects', 'users'):
        if options.get(name) and not by_record:
            raise _bad(
                f'{name} takes the place of owners that the records name, and '
                'is of use only with "owner": "record".'
            )


def _check_trial(options: dict[str, typing.Any]) -> None:
    if options.get('planned') and not options.get('dry_run'):
        raise _bad('planned is of use only with "dry_run": true.')


def _spread_charges(options: dict[str, typing.Any]) -> None:
    """Put what earlier pages of a dry run would have charged into options."""
    charged = options.pop('charged', {})
    if charged and not options.get('dry_run'):
        raise _bad('charged is of use only with "dry_run": true.')
    for name in ('backups', 'gigabytes'):
        options[f'charged_{name}'] = {
            project: values.get(name, 0) for project, values in charged.items()
        }


def _bad(text: str) -> webob.exc.HTTPBadRequest:
    return webob.exc.HTTPBadRequest(explanation=text)
