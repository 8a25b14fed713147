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

"""Backups in Swift."""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import copy
import typing

from cinder.backup.drivers import swift

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import storage
from cinder_backup_meta.repositories import accounts
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.repositories import object_store

# Swift's default for the length of a container's name.
_MAX_BYTES = 256

_FORBIDDEN = frozenset((401, 403))


class SwiftRepository(object_store.ObjectStoreRepository):
    """The containers of one account, or of the accounts of all projects."""

    @property
    def listing(self) -> base.Listing | None:
        """See :attr:`base.Repository.listing`.

        Where each project has an account, only that of the request's project
        can be listed.
        """
        return self if self._opens(self._context.project_id) else None

    @property
    def storage(self) -> storage.Storage | None:
        """See :attr:`base.Repository.storage`.

        Where each project has an account, it is that of the request's
        project, and only backups that are there may be read through it.
        """
        if self._opens(self._context.project_id):
            return super().storage
        return None

    def prepare(self) -> None:
        """See :meth:`base.Repository.prepare`.

        Where each project has an account, each has a driver of its own, and
        only that of the request's project is built.
        """
        if self._opens(self._context.project_id):
            super().prepare()

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Lookup.find_faults`."""
        by_project: dict[typing.Any, list[typing.Any]] = {}
        for record in records:
            project_id = fields.value(record, 'project_id')
            # All projects that the request opens are one account.
            key = None if self._opens(project_id) else (project_id,)
            by_project.setdefault(key, []).append(record)
        faults = super().find_faults(by_project.pop(None, []))
        for (project_id,), members in by_project.items():
            faults.update(self._find_in_other_account(project_id, members))
        return faults

    def _opens(self, project_id: str | None) -> bool:
        """Return whether the driver opens the account of a project."""
        if not drivers.keeps_user(self._found.service):
            return True
        return bool(
            self._context.auth_token and project_id == self._context.project_id
        )

    def _find_in_other_account(
        self, project_id: str | None, records: list[typing.Any]
    ) -> dict[str, exception.Refused]:
        try:
            context = accounts.context_of(project_id)
            self._found.get(context)
        except exception.Refused as error:
            return {record.id: error for record in records}
        return _OtherAccount(self._found, context).find_faults(records)

    def _check_container(self, container: str) -> None:
        if (
            '/' in container
            or container in ('.', '..')
            or len(container.encode('utf-8', 'replace')) > _MAX_BYTES
        ):
            raise naming.refusal(
                'container',
                f'must be the name of a Swift container, of at most '
                f'{_MAX_BYTES} bytes and without "/"',
            )

    def _make_driver(self) -> typing.Any:
        # A swiftclient connection holds its last response, so that two
        # threads would read each other's.
        driver = copy.copy(self.driver)
        driver.conn = copy.copy(driver.conn)
        driver.conn.http_conn = None
        return driver

    def _list(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        driver = self._connect()
        marker = ''
        while True:
            # Page by page: a container may hold all backups of a cloud.
            _headers, page = driver.conn.get_container(
                container,
                prefix=prefix,
                marker=marker,
                headers=driver._headers(),
            )
            if not page:
                return
            for entry in page:
                yield entry['name'], entry['bytes']
            marker = page[-1]['name']

    @contextlib.contextmanager
    def _open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        driver = self._connect()
        _headers, body = driver.conn.get_object(
            container,
            name,
            resp_chunk_size=json_stream.CHUNK,
            headers=driver._headers(),
        )
        # What is not read to its end would be in the way of the next answer.
        with contextlib.closing(body):
            yield body

    def _is_gone(self, error: Exception) -> bool:
        return (
            isinstance(error, swift.swift_exc.ClientException)
            and error.http_status == 404
        )


class _OtherAccount(SwiftRepository):
    """The account of another project than that of the request.

    It is opened with the service user, which Swift may not allow.
    """

    def _opens(self, project_id: str | None) -> bool:
        return True

    def _explain(self, error: Exception, missing: str) -> exception.Refused:
        if (
            isinstance(error, swift.swift_exc.ClientException)
            and error.http_status in _FORBIDDEN
        ):
            return accounts.not_looked_at(
                f'Swift answers {error.http_status} to the service user'
            )
        return super()._explain(error, missing)
