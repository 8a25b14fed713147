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

"""What stock Cinder's import leaves behind, and its repair."""

import json
import time

import fixtures
import testtools

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests.functional import manage
from cinder_backup_meta.tests import samples

BAD_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'


class TestRepair(testtools.TestCase):
    """A row is lost as it happens: cinder-backup dies, the API does not know.

    For ``service_down_time`` after its last sign of life a host counts as
    up. What stock Cinder sends to it until then is taken by nobody.
    """

    def setUp(self):
        super().setUp()
        self.state_dir = self.useFixture(fixtures.TempDir()).path

    def _start(self, **settings):
        return self.useFixture(
            control_plane.ControlPlane(state_dir=self.state_dir, **settings)
        )

    def _make_record(self):
        """Make a backup on two hosts; return what is needed of it."""
        cloud = self._start(stock=True, backup_hosts=('one', 'two'))
        volume_id = cloud.create_volume(data=b'a' * 100000)
        digest = cloud.read_sha256(volume_id)
        backup_id = cloud.backup(volume_id)
        response = cloud.request(
            'GET', f'/v3/backups/{backup_id}/export_record'
        )
        record = response.json()['backup-record']['backup_url']
        self._forget(cloud, backup_id)
        cloud.kill()
        return backup_id, record, digest

    def _forget(self, cloud, backup_id):
        """Lose the row and its quota, as a lost database does."""
        for sql in (
            'DELETE FROM backup_metadata WHERE backup_id = ?',
            'DELETE FROM backups WHERE id = ?',
        ):
            cloud.execute(sql, (backup_id,))
        cloud.execute('DELETE FROM reservations')
        cloud.execute("DELETE FROM quota_usages WHERE resource LIKE 'backup%'")

    def _import(self, cloud, record):
        body = {
            'backup-record': {
                'backup_service': samples.POSIX,
                'backup_url': record,
            }
        }
        return cloud.request('POST', '/v3/backups/import_record', json=body)

    def _tables(self, cloud):
        return {table: cloud.rows(table) for table in base.TABLES}

    def _backups(self, cloud):
        return {
            row['id']: (row['status'], row['host'])
            for row in cloud.rows('backups')
        }

    def _usage(self, cloud):
        return {
            row['resource']: (row['in_use'], row['reserved'])
            for row in cloud.rows('quota_usages')
            if row['resource'].startswith('backup')
        }

    def _repair(self, cloud, *arguments):
        output = manage.manage(cloud, 'repair', '--format', 'json', *arguments)
        return json.loads(output)

    def test_message_that_was_lost(self):
        backup_id, record, digest = self._make_record()
        cloud = self._start(stock=True, backup_hosts=('one',))
        self._lose(cloud, backup_id, record)
        self._assert_cinder_can_not_help(cloud, backup_id, record)
        self._assert_repaired(cloud, [backup_id])
        cloud.stop()
        cloud = self._start(backup_hosts=('one',))
        # The dead host may still count as up, and then Cinder may send the
        # restore to it: an operator takes it out of service first.
        cloud.execute("UPDATE services SET disabled = 1 WHERE host = 'two'")
        self.assertEqual(201, self._import(cloud, record).status_code)
        self.assertEqual('available', self._backups(cloud)[backup_id][0])
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (1, 0)},
            self._usage(cloud),
        )
        restored = cloud.client().restores.restore(backup_id)
        cloud.wait_for('volume', restored.volume_id, 'available')
        self.assertEqual(digest, cloud.read_sha256(restored.volume_id))

    def _lose(self, cloud, backup_id, record):
        response = self._import(cloud, record)
        self.assertEqual(201, response.status_code, response.text)
        # Long enough for a host that is there.
        time.sleep(2)
        self.assertEqual({backup_id: ('creating', None)}, self._backups(cloud))
        # What is still on its way to nobody goes with the process.
        cloud.kill()

    def _assert_cinder_can_not_help(self, cloud, backup_id, record):
        cloud.restart()
        self.assertEqual({backup_id: ('creating', None)}, self._backups(cloud))
        response = self._import(cloud, record)
        self.assertEqual(400, response.status_code, response.text)
        self.assertIn('Backup already exists', response.text)
        response = cloud.request('DELETE', f'/v3/backups/{backup_id}')
        self.assertEqual(400, response.status_code, response.text)

    def _assert_repaired(self, cloud, backup_ids):
        """Repair while Cinder runs."""
        before = self._tables(cloud)
        self.assertEqual([], self._repair(cloud)['backups'])
        found = self._repair(cloud, '--older-than', '1')
        self.assertEqual(
            backup_ids, [backup['id'] for backup in found['backups']]
        )
        self.assertEqual(before, self._tables(cloud))
        number = len(backup_ids)
        totals = {
            'rows': number,
            'backups': number,
            'backup_gigabytes': number,
        }
        self.assertEqual(totals, found['totals'])
        done = self._repair(cloud, '--older-than', '1', '--apply')
        self.assertEqual(totals, done['totals'])
        self.assertEqual(
            {backup_id: ('deleted', None) for backup_id in backup_ids},
            self._backups(cloud),
        )
        self.assertEqual(
            {'backups': (0, 0), 'backup_gigabytes': (0, 0)},
            self._usage(cloud),
        )

    def test_record_that_makes_cinder_backup_fail(self):
        cloud = self._start(stock=True)
        record = samples.record(id=BAD_ID, size=1, metadata=['no', 'map'])
        response = self._import(cloud, samples.encode(record))
        self.assertEqual(201, response.status_code, response.text)
        self._wait_for_log(cloud, 'Exception during message handling')
        self.assertEqual({BAD_ID: ('creating', None)}, self._backups(cloud))
        # Its own age, and not that of the request, is what counts.
        time.sleep(1)
        self._assert_repaired(cloud, [BAD_ID])

    def _wait_for_log(self, cloud, text):
        deadline = time.monotonic() + control_plane.TIMEOUT
        while text not in cloud.log_text():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_backup_that_is_being_created_is_let_be(self):
        cloud = self._start(stock=True)
        volume_id = cloud.create_volume(data=b'data')
        backup_id = cloud.backup(volume_id)
        # As it looks until cinder-scheduler has chosen a host, but for ever.
        cloud.execute(
            "UPDATE backups SET status = 'creating', host = NULL, "
            "service = NULL, container = NULL, service_metadata = NULL, "
            "created_at = '2020-01-01', updated_at = NULL"
        )
        before = self._tables(cloud)
        self.assertEqual([], self._repair(cloud, '--apply')['backups'])
        self.assertEqual(before, self._tables(cloud))
        self.assertIn(backup_id, self._backups(cloud))
