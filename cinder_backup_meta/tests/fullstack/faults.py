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

"""What goes wrong in the middle of a page, and a client that goes on."""

import contextlib
import threading
import time

import requests
import sqlalchemy as sa

from cinder_backup_meta.tests.functional import cloud

PAGE = 200
_INSERT = "INSERT INTO backups (id, volume_id, deleted) VALUES (?, 'v', FALSE)"


def wait_until(is_so, pause=0.05):
    """Wait until a function returns something true; return that.

    :param pause: seconds between two calls of it
    """
    deadline = time.monotonic() + cloud.TIMEOUT
    while not (found := is_so()):
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {cloud.TIMEOUT} seconds')
        time.sleep(pause)
    return found


class Call(threading.Thread):
    """A request whose answer is waited for later.

    :ivar response: what came back, None if the connection broke
    """

    def __init__(self, plane, path, body):
        super().__init__(daemon=True)
        self._plane, self._path, self._body = plane, path, body
        self.response = None
        self.start()

    def run(self):
        with contextlib.suppress(requests.ConnectionError):
            self.response = self._plane.request(
                'POST', self._path, json=self._body
            )

    def answer(self):
        """Wait for the answer; return it."""
        self.join(cloud.TIMEOUT)
        if self.is_alive():
            raise AssertionError('no answer')
        return self.response


class Importer:
    """A client with the records of a bundle.

    :ivar strings: the records
    :ivar created: how many records it was told to have created
    """

    def __init__(self, plane, strings):
        self._plane = plane
        self.strings = strings
        self.created = 0

    def call(self, start=0, number=PAGE):
        """Send a page without waiting for the answer."""
        page = {
            'records': self.strings[start : start + number],
            'owner': 'record',
            'verify': 'none',
        }
        return Call(
            self._plane, '/v3/backup-records/import', {'backup_records': page}
        )

    def go_on(self):
        """Send all pages, each until it is answered, as a client does."""
        for start in range(0, len(self.strings), PAGE):
            answer = wait_until(lambda start=start: self._try(start))
            if refused := answer['summary']['refused']:
                raise AssertionError(f'{refused} refused: {answer}')
            self.created += answer['summary']['created']

    def _try(self, start):
        response = self.call(start).answer()
        if response is None or response.status_code >= 500:
            return None
        if response.status_code != 200:
            raise AssertionError(response.text)
        return response.json()


@contextlib.contextmanager
def held_up(plane, backup_id):
    """Hold up whatever would make a backup, at just that row."""
    engine = sa.create_engine(
        plane.url,
        poolclass=sa.pool.NullPool,
        # With SQLAlchemy 1.4 it would commit by itself.
        future=True,
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(_INSERT.replace('?', '%s'), (backup_id,))
        try:
            yield
        finally:
            # The server may be gone, and the row with it.
            with contextlib.suppress(sa.exc.DBAPIError):
                connection.rollback()


@contextlib.contextmanager
def stopped(server):
    """Stop a server within the block, as one that hangs."""
    server.pause()
    try:
        yield
    finally:
        server.go_on()


def held_up_host(plane):
    """Wait until a host is held up; return its name."""
    # InnoDB returns the same as before if asked again within a tenth of a
    # second.
    return wait_until(plane.servers.database.waiting, 0.3)[0]
