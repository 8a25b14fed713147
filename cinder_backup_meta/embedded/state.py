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

"""The state folder: its files, used by one process at a time."""

import fcntl
import json
import os
import re
import typing

from cinder_backup_meta.embedded import exception

# Each of these has a special meaning in one of the places that the path is
# written to: the database's URL, the lock driver's URL, oslo.config.
_FORBIDDEN = re.compile(r'[?#%$\r\n]')


class StateFolder:
    """The files of one control plane.

    :ivar path: the folder, absolute; other attributes are paths below it
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self.config = self._below('cinder.conf')
        self.paste = self._below('api-paste.ini')
        self.policy = self._below('policy.yaml')
        self.openrc = self._below('openrc')
        self.clouds = self._below('clouds.yaml')
        self.database = self._below('cinder.sqlite')
        self.log = self._below('cinder.log')
        self.volumes = self._below('volumes')
        self.backups = self._below('backups')
        self.locks = self._below('locks')
        self.coordination = self._below('coordination')
        self.endpoint = self._below('endpoint.json')
        self._lock_path = self._below('running.lock')
        self._lock: typing.IO[str] | None = None

    def _below(self, name: str) -> str:
        return os.path.join(self.path, name)

    def prepare(self) -> None:
        """Create what is missing and lock the folder for this process.

        :raises EmbeddedError: if it cannot be written, or is locked by another
            process
        """
        if _FORBIDDEN.search(self.path):
            raise exception.EmbeddedError(
                f'the state folder {self.path!r} has a character in its path '
                'that Cinder does not support there (? # % $ or a line '
                'break): choose another'
            )
        try:
            self._create()
            self._take()
        except OSError as error:
            raise exception.EmbeddedError(
                f'the state folder {self.path} cannot be written '
                f'({error.strerror}): choose another or correct its '
                'permissions'
            ) from error
        self.forget_endpoint()

    def _create(self) -> None:
        # Other users must not read the content of volumes and backups.
        os.makedirs(self.path, mode=0o700, exist_ok=True)
        for folder in (
            self.volumes,
            self.backups,
            self.locks,
            self.coordination,
        ):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    def _take(self) -> None:
        lock = open(self._lock_path, 'a+', encoding='utf-8')
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with lock:
                lock.seek(0)
                holder = lock.read().strip() or 'unknown'
            raise exception.EmbeddedError(
                f'the state folder {self.path} is in use by a control plane '
                f'that runs (process {holder}): stop it or choose another '
                'folder'
            ) from None
        lock.truncate(0)
        lock.write(f'{os.getpid()}\n')
        lock.flush()
        # Held until the process ends, however it ends.
        self._lock = lock

    def announce(self, endpoint: str) -> None:
        """Announce the endpoint to other programs, atomically."""
        draft = self.endpoint + '.new'
        with open(draft, 'w', encoding='utf-8') as stream:
            json.dump({'endpoint': endpoint, 'pid': os.getpid()}, stream)
            stream.write('\n')
        os.replace(draft, self.endpoint)

    def forget_endpoint(self) -> None:
        """Withdraw the announcement."""
        try:
            os.unlink(self.endpoint)
        except FileNotFoundError:
            pass
