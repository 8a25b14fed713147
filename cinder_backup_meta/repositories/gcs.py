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

"""Backups in Google Cloud Storage."""

from collections.abc import Iterator
import contextlib
import copy
import io
import re
import typing

import google_auth_httplib2
from googleapiclient import errors
from googleapiclient import http

from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.repositories import object_store

# Bytes. Each part of an object is a request.
_PART = 2**18

_BUCKET = re.compile('[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]')


class GoogleRepository(object_store.ObjectStoreRepository):
    """The buckets that the driver's service account can open."""

    def _check_container(self, container: str) -> None:
        if not _BUCKET.fullmatch(container) or '..' in container:
            raise naming.refusal(
                'container',
                'must be the name of a Google Cloud Storage bucket: 3 to 222 '
                'lower-case letters, digits, ".", "_" and "-", a letter or a '
                'digit at both ends, without ".."',
            )

    def _make_driver(self) -> typing.Any:
        # httplib2, which Google's client uses, is not thread-safe.
        driver = copy.copy(self.driver)
        driver.conn = copy.copy(driver.conn)
        driver.conn._http = google_auth_httplib2.AuthorizedHttp(
            self.driver.conn._http.credentials, http=http.build_http()
        )
        return driver

    def _list(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        driver = self._connect()
        objects = driver.conn.objects()
        request = objects.list(
            bucket=container,
            prefix=prefix,
            fields='items(name,size),nextPageToken',
        )
        while request is not None:
            page = request.execute(num_retries=driver.num_retries)
            for entry in page.get('items', ()):
                yield entry['name'], int(entry['size'])
            request = objects.list_next(request, page)

    @contextlib.contextmanager
    def _open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        driver = self._connect()
        request = driver.conn.objects().get_media(
            bucket=container, object=name
        )
        yield _Media(request, driver.num_retries)

    def _is_gone(self, error: Exception) -> bool:
        return isinstance(error, errors.HttpError) and error.resp.status == 404


class _Media:
    """An object that is read in parts, as Google's client downloads it."""

    def __init__(self, request: typing.Any, retries: int) -> None:
        self._part = io.BytesIO()
        self._download = http.MediaIoBaseDownload(
            self._part, request, chunksize=_PART
        )
        self._retries = retries
        self._done = False

    def read(self, _size: int, /) -> bytes:
        """Return the next part, of a size of its own; none at the end."""
        if not self._done:
            _status, self._done = self._download.next_chunk(
                num_retries=self._retries
            )
        data = self._part.getvalue()
        self._part.seek(0)
        self._part.truncate()
        return data
