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

from collections.abc import Iterator
import contextlib
import copy
import typing

from cinder.backup.drivers import swift

from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.repositories import object_store

# Swift's default for the length of a container's name.
_MAX_BYTES = 256


class SwiftRepository(object_store.ObjectStoreRepository):
    """The containers of the account that the driver's connection opens."""

    @property
    def lookup(self) -> base.Lookup | None:
        """See :attr:`base.Repository.lookup`.

        Without a token no account can be opened, unless cinder-backup has one
        of its own.
        """
        is_closed = (
            drivers.keeps_user(self._found.service)
            and not self._context.auth_token
        )
        return None if is_closed else self

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
