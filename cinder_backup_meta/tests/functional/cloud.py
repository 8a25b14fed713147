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

"""What tests do with a real Cinder, however its processes are run."""

import hashlib
import os
import sys
import time

from cinderclient import api_versions
from cinderclient.v3 import client as cinder_client
import fixtures
from keystoneauth1 import session
from keystoneauth1 import token_endpoint
import requests
from testtools import content
from testtools import content_type

from cinder_backup_meta.tests.functional import answers
from cinder_backup_meta.tests.functional import process

ADMIN = 'admin:admin'
TIMEOUT = 600
_PIECE = 1 << 20


class Cloud(fixtures.Fixture):
    """A real Cinder with a state folder; it is run by those who inherit.

    :ivar endpoint: the URL it answers at, without a path
    :ivar state_dir: its state folder
    """

    endpoint = None
    state_dir = None
    _database = None

    def _take_folder(self):
        """Make the state folder, and show the end of the log at a failure."""
        if self.state_dir is None:
            self.state_dir = self.useFixture(fixtures.TempDir()).path
        os.makedirs(self.state_dir, exist_ok=True)
        self.addDetail(
            'cinder.log',
            content.Content(
                content_type.UTF8_TEXT,
                lambda: [process.tail(self.log_text()).encode()],
            ),
        )

    def log_text(self):
        """Return Cinder's log."""
        raise NotImplementedError

    def path(self, name):
        """Return the path of a file in the state folder."""
        return os.path.join(self.state_dir, name)

    # The clients

    def token(self, who=ADMIN):
        """Return the token that says who asks.

        :param who: see :mod:`cinder_backup_meta.embedded.auth`
        """
        return who

    def openrc(self, who=ADMIN):
        """Return the path of the file that points the clients here."""
        if who != ADMIN:
            raise ValueError(who)
        return self.path('openrc')

    def run_client(self, program, arguments, check=True, who=ADMIN):
        """Run one of the clients' programs.

        :returns: its exit code, output and error output
        """
        # By the file for operators, so that it is tried too.
        command = [
            'sh',
            '-c',
            '. "$0" && exec "$@"',
            self.openrc(who),
            os.path.join(os.path.dirname(sys.executable), program),
            *arguments,
        ]
        codes = (0,) if check else None
        done = process.call(command, TIMEOUT, codes)
        return done.returncode, done.stdout, done.stderr

    def cinder(self, *arguments, check=True, who=ADMIN):
        """Run the ``cinder`` command, see :meth:`run_client`."""
        return self.run_client('cinder', arguments, check, who)

    def openstack(self, *arguments, check=True, who=ADMIN):
        """Run the ``openstack`` command, see :meth:`run_client`."""
        return self.run_client('openstack', arguments, check, who)

    def client(self, token=ADMIN):
        """Return cinderclient's API for Python.

        :param token: who asks, as for :meth:`token`
        """
        plugin = token_endpoint.Token(f'{self.endpoint}/v3', self.token(token))
        return cinder_client.Client(
            api_version=api_versions.APIVersion('3.71'),
            session=session.Session(auth=plugin),
            endpoint_override=f'{self.endpoint}/v3',
        )

    def request(self, method, path, json=None, token=ADMIN, headers=None):
        """Send a request, bare of any client; return ``requests``' response.

        The form of an answer of the plugin is checked.

        :param path: begins with /v3
        :param token: who asks, as for :meth:`token`; None sends none
        """
        headers = dict(headers or {})
        headers.setdefault('OpenStack-API-Version', 'volume 3.71')
        if token is not None:
            headers['X-Auth-Token'] = self.token(token)
        response = requests.request(
            method,
            self.endpoint + path,
            json=json,
            headers=headers,
            timeout=TIMEOUT,
        )
        answers.check(method, path, response)
        return response

    # The database

    def rows(self, table):
        """Return all rows of a table, soft-deleted ones too, as dicts."""
        return self._database.rows(table)

    def select(self, sql, params=()):
        """Return what a query finds, as dicts."""
        return self._database.select(sql, params)

    def execute(self, sql, params=()):
        """Change the database; return the number of rows changed."""
        return self._database.execute(sql, params)

    def execute_many(self, sql, rows):
        """Run one statement for each of many rows of values."""
        self._database.execute_many(sql, rows)

    # Volumes and backups

    def _get(self, kind, id):
        response = self.request('GET', f'/v3/{kind}s/{id}')
        if response.status_code == 404:
            return {'status': 'deleted'}
        response.raise_for_status()
        return response.json()[kind]

    def wait_for(self, kind, id, status, timeout=TIMEOUT):
        """Wait until a volume, snapshot or backup has a status.

        :param status: 'deleted' if it is to be gone
        :returns: its representation in the REST API
        """
        deadline = time.monotonic() + timeout
        while (found := self._get(kind, id))['status'] != status:
            failed = found['status'].startswith('error')
            if failed or time.monotonic() > deadline:
                raise AssertionError(
                    f'{kind} {id} does not become {status}: {found}\n'
                    + process.tail(self.log_text())
                )
            time.sleep(0.1)
        return found

    def create_volume(self, size=1, data=None, **values):
        """Create a volume; return its id.

        :param data: bytes to write at its start
        :param values: more for the request's body
        """
        body = {'volume': {'size': size, **values}}
        response = self.request('POST', '/v3/volumes', json=body)
        response.raise_for_status()
        volume_id = response.json()['volume']['id']
        self.wait_for('volume', volume_id, 'available')
        if data is not None:
            self.write(volume_id, 0, data)
        return volume_id

    def volume_path(self, volume_id):
        """Return the path of the file that is a volume."""
        return os.path.join(self.path('volumes'), f'volume-{volume_id}')

    def write(self, volume_id, offset, data):
        """Write bytes into a volume, as its guest would."""
        with open(self.volume_path(volume_id), 'r+b') as file:
            file.seek(offset)
            file.write(data)

    def read_sha256(self, volume_id):
        """Return the SHA-256 of all of a volume, as hexadecimal digits."""
        digest = hashlib.sha256()
        with open(self.volume_path(volume_id), 'rb') as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
        return digest.hexdigest()

    def backup(self, volume_id, incremental=False, **values):
        """Back a volume up and wait for it; return the backup's id."""
        body = {
            'backup': {
                'volume_id': volume_id,
                'incremental': incremental,
                **values,
            }
        }
        response = self.request('POST', '/v3/backups', json=body)
        response.raise_for_status()
        backup_id = response.json()['backup']['id']
        self.wait_for('backup', backup_id, 'available')
        return backup_id
