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

"""Base classes of the functional tests: the real Cinder, over its REST API."""

import hashlib
import pathlib
import time
import uuid

import testtools

from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests.functional import database
from cinder_backup_meta.tests import samples

#: What an import may change, and no refusal may.
TABLES = ('backups', 'backup_metadata', 'quota_usages', 'reservations')


def lasting(row):
    """Return what of a backup's row outlives it, as a record has it."""
    row = dict(row)
    row.pop('updated_at')
    # A record has whole seconds.
    for name in ('created_at', 'data_timestamp'):
        row[name] = row[name].partition('.')[0]
    # Before Cinder 29 a new row has NULL for none.
    row['num_dependent_backups'] = row['num_dependent_backups'] or 0
    return row


class FunctionalTestCase(testtools.TestCase):
    """Tests that share one control plane, started once for the class."""

    #: Arguments for :class:`control_plane.ControlPlane`
    settings = {}

    @classmethod
    def make_cloud(cls):
        """Return what the tests of the class share; not started yet."""
        return control_plane.ControlPlane(**cls.settings)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cloud = cls.make_cloud()
        cls.cloud.setUp()

    @classmethod
    def tearDownClass(cls):
        cls.cloud.cleanUp()
        super().tearDownClass()

    def tables(self, cloud=None):
        """Return all rows that an import may change."""
        cloud = cloud or self.cloud
        return {table: cloud.rows(table) for table in TABLES}

    def backup_row(self, backup_id, cloud=None):
        """Return the row of one backup, or None."""
        rows = (cloud or self.cloud).rows('backups')
        return {row['id']: row for row in rows}.get(backup_id)

    def post_record(self, string, service=samples.POSIX, **arguments):
        """Send a record string through the stock REST call."""
        body = {
            'backup-record': {
                'backup_service': service,
                'backup_url': string,
            }
        }
        return self.cloud.request(
            'POST', '/v3/backups/import_record', json=body, **arguments
        )

    def post_values(self, service=samples.POSIX, **changes):
        """Send a record with some of its fields changed."""
        return self.post_record(
            samples.encode(samples.record(**changes)), service=service
        )

    def assert_created(self, response):
        """Check the answer to a successful import; return the backup's id."""
        self.assertEqual(201, response.status_code, response.text)
        return response.json()['backup']['id']

    def assert_refused(self, status, texts, before, response):
        """Check a refusal: its status, its words, and that nothing changed.

        :param texts: what the message must contain, each
        :param before: what :meth:`tables` said before the request
        """
        self.assertEqual(status, response.status_code, response.text)
        [error] = response.json().values()
        for text in texts:
            self.assertIn(text, error['message'])
        self.assertEqual(before, self.tables())
        return error['message']

    def assert_soon(self, expected, get):
        """Wait for what Cinder does after it has answered."""
        deadline = time.monotonic() + control_plane.TIMEOUT
        while get() != expected and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(expected, get())


class RecordsTestCase(FunctionalTestCase):
    """Tests with real backups and their records."""

    #: A volume that the tests of a class share, made when it is first wanted.
    volume_id = None

    def quick_backup(self):
        """Return a new backup with data of its own.

        It is an incremental one, of the volume that the tests share: a full
        one takes Cinder several times as long.
        """
        cls = type(self)
        if cls.volume_id is None:
            cls.volume_id = self.cloud.create_volume(data=b'data')
            self.cloud.backup(cls.volume_id)
        self.cloud.write(cls.volume_id, 0, uuid.uuid4().bytes)
        return self.cloud.backup(cls.volume_id, incremental=True)

    def export(self, backup_id, cloud=None):
        """Export by the ``cinder`` command; return the two values."""
        _code, output, _error = (cloud or self.cloud).cinder(
            'backup-export', backup_id
        )
        rows = dict(
            (cell.strip() for cell in line.strip('|').split('|', 1))
            for line in output.splitlines()
            if line.startswith('|')
        )
        return rows['backup_service'], rows['backup_url']

    def import_(self, exported, cloud=None, check=True):
        """Import by the ``cinder`` command."""
        return (cloud or self.cloud).cinder(
            'backup-import', *exported, check=check
        )

    def import_with_options(self, string, **values):
        """Import by the plugin's own REST call, with options."""
        token = values.pop('token', 'admin:admin')
        body = {'backup_record': {'backup_url': string, **values}}
        return self.cloud.request(
            'POST', '/v3/backup-records/import', json=body, token=token
        )

    def forget(self, *backup_ids, cloud=None):
        """Lose rows of backups as a lost database does."""
        database.forget(cloud or self.cloud, *backup_ids)

    def delete(self, backup_id, cloud=None):
        """Delete a backup and wait until it is gone."""
        cloud = cloud or self.cloud
        cloud.client().backups.delete(backup_id)
        cloud.wait_for('backup', backup_id, 'deleted')

    def restore(self, backup_id, cloud=None, volume_id=None):
        """Restore into a new volume, or one given; return its id."""
        cloud = cloud or self.cloud
        restored = cloud.client().restores.restore(backup_id, volume_id)
        cloud.wait_for('volume', restored.volume_id, 'available')
        return restored.volume_id

    def files(self, folder, cloud=None):
        """Return the files below a folder of a state folder, and digests."""
        root = pathlib.Path((cloud or self.cloud).path(folder))
        return {
            str(path.relative_to(root)): hashlib.sha256(
                path.read_bytes()
            ).hexdigest()
            for path in root.rglob('*')
            if path.is_file()
        }
