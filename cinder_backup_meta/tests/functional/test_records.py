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

"""Export and import of real backups, by the stock clients."""

import json

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples


class TestRecords(base.RecordsTestCase):
    def test_export_is_what_cinder_itself_would_write(self):
        volume_id = self.cloud.create_volume(data=b'data')
        backup_id = self.cloud.backup(volume_id)
        service, string = self.export(backup_id)
        self.assertEqual(samples.POSIX, service)
        values = codec.decode(string)
        self.assertEqual(backup_id, values['id'])
        self.assertEqual(volume_id, values['volume_id'])
        self.assertEqual(string, codec.encode(values))

    def test_openstack_client_exports_the_same(self):
        backup_id = self.cloud.backup(self.cloud.create_volume(data=b'data'))
        _code, output, _error = self.cloud.openstack(
            'volume', 'backup', 'record', 'export', backup_id, '-f', 'json'
        )
        self.assertEqual(
            self.export(backup_id)[1], json.loads(output)['backup_url']
        )

    def test_export_does_not_write(self):
        backup_id = self.cloud.backup(self.cloud.create_volume(data=b'data'))
        # Its host is gone for ever; any other with the driver will do.
        self.cloud.execute(
            "UPDATE backups SET host = 'gone' WHERE id = ?", (backup_id,)
        )
        before = self.tables()
        self.export(backup_id)
        self.assertEqual(before, self.tables())

    def test_export_of_what_is_not_available(self):
        backup_id = self.cloud.backup(self.cloud.create_volume(data=b'data'))
        self.cloud.client().backups.reset_state(backup_id, 'error')
        self.cloud.wait_for('backup', backup_id, 'error')
        before = self.tables()
        response = self.cloud.request(
            'GET', f'/v3/backups/{backup_id}/export_record'
        )
        message = self.assert_refused(400, [], before, response)
        self.assertEqual(
            'Invalid backup: Backup status must be available and not error.',
            message,
        )

    def test_export_of_what_is_not_there(self):
        before = self.tables()
        response = self.cloud.request(
            'GET', f'/v3/backups/{samples.ID}/export_record'
        )
        self.assert_refused(
            404, [f'Backup {samples.ID} could not be found'], before, response
        )

    def _export_of(self, service):
        """Export a backup of another driver; return it and the tables."""
        backup_id = self.cloud.backup(self.cloud.create_volume(data=b'data'))
        self.cloud.execute(
            'UPDATE backups SET service = ? WHERE id = ?', (service, backup_id)
        )
        before = self.tables()
        return before, self.cloud.request(
            'GET', f'/v3/backups/{backup_id}/export_record'
        )

    def test_export_without_a_vendors_driver(self):
        before, response = self._export_of('vendor.Driver')
        self.assert_refused(
            503, ['vendor.Driver', '[service_mismatch]'], before, response
        )

    def test_export_without_a_host_of_cinders_own_driver(self):
        # None of them adds anything to the record.
        service = 'cinder.backup.drivers.nfs.NFSBackupDriver'
        before, response = self._export_of(service)
        self.assertEqual(200, response.status_code, response.text)
        record = response.json()['backup-record']
        self.assertEqual(service, record['backup_service'])
        self.assertEqual(before, self.tables())

    def test_export_without_rights(self):
        backup_id = self.cloud.backup(self.cloud.create_volume(data=b'data'))
        # As Keystone gives them: a member is a reader too.
        for role in ('member,reader', 'reader'):
            before = self.tables()
            response = self.cloud.request(
                'GET',
                f'/v3/backups/{backup_id}/export_record',
                token=f'bob:admin:{role}',
            )
            self.assert_refused(
                403, ['backup:export-import'], before, response
            )

    def test_soft_deleted_backup_comes_back(self):
        volume_id = self.cloud.create_volume(data=b'data')
        backup_id = self.cloud.backup(volume_id)
        exported = self.export(backup_id)
        usage = self.usage()
        self.delete(backup_id)
        # Cinder gives quota back after the row is gone.
        self.assert_soon(
            {name: in_use - 1 for name, in_use in usage.items()}, self.usage
        )
        # Its data went with it; it is about the row here.
        response = self.import_with_options(exported[1], verify='none')
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual('available', self.backup_row(backup_id)['status'])
        self.assertEqual(usage, self.usage())
        self.assertEqual([], self.live_reservations())

    def usage(self):
        return {
            row['resource']: row['in_use']
            for row in self.cloud.rows('quota_usages')
            if row['resource'].startswith('backup')
        }

    def live_reservations(self):
        return [
            row
            for row in self.cloud.rows('reservations')
            if not row['deleted'] and row['resource'].startswith('backup')
        ]


class TestExtension(base.FunctionalTestCase):
    def test_client_sees_the_plugin(self):
        _code, output, _error = self.cloud.cinder('list-extensions')
        self.assertIn('backup-records', output)
        # And has not lost those of Cinder.
        self.assertIn('os-quota-sets', output)


class TestChain(base.RecordsTestCase):
    """A full backup and two incremental ones, lost and found again."""

    def test_chain(self):
        volume_id = self.cloud.create_volume(data=b'a' * 100000)
        full = self.cloud.backup(volume_id)
        self.cloud.write(volume_id, 50000, b'b' * 100000)
        first = self.cloud.backup(volume_id, incremental=True)
        self.cloud.write(volume_id, 70 * 2**20, b'c' * 100000)
        second = self.cloud.backup(volume_id, incremental=True)
        digest = self.cloud.read_sha256(volume_id)

        exported = {
            backup_id: self.export(backup_id)
            for backup_id in (full, first, second)
        }
        rows = {
            backup_id: self.backup_row(backup_id)
            for backup_id in (full, first, second)
        }
        self.forget(full, first, second)

        before = self.tables()
        code, _output, error = self.import_(exported[second], check=False)
        self.assertNotEqual(0, code)
        self.assertIn(f'its parent {first} is not in this cloud', error)
        self.assertEqual(before, self.tables())

        for backup_id in (full, first, second):
            self.import_(exported[backup_id])
        for backup_id in (full, first, second):
            self.assertEqual(
                base.lasting(rows[backup_id]),
                base.lasting(self.backup_row(backup_id)),
            )
        self.assertEqual(digest, self.cloud.read_sha256(self.restore(second)))

        # The chain goes on where it was.
        self.cloud.write(volume_id, 0, b'd')
        third = self.cloud.backup(volume_id, incremental=True)
        self.assertEqual(second, self.backup_row(third)['parent_id'])
        self.assertEqual(
            self.cloud.read_sha256(volume_id),
            self.cloud.read_sha256(self.restore(third)),
        )
        self._delete_all(third, second, first, full)

    def _await_childless(self, backup_id):
        # Cinder counts after the row is gone.
        self.assert_soon(
            0, lambda: self.backup_row(backup_id)['num_dependent_backups']
        )

    def _delete_all(self, *backup_ids):
        for backup_id in backup_ids:
            self.delete(backup_id)
            parent_id = self.backup_row(backup_id)['parent_id']
            if parent_id:
                self._await_childless(parent_id)
