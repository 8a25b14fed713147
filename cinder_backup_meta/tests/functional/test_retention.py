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

"""Deleting a retained backup through REST: its data and key stay."""

import os

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import database
from cinder_backup_meta.tests.functional import manage


class TestDelete(base.RecordsTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manage.manage(cls.cloud, 'db', 'sync')
        cls.catalog = database.Database(
            cls.cloud.path('cinder_backup_meta.sqlite')
        )

    def setUp(self):
        super().setUp()
        self.backup_id = self.quick_backup()
        self.addCleanup(self._release)

    def _retain(self):
        self.catalog.execute(
            'INSERT INTO retained_backups (backup_id, created_at) '
            "VALUES (?, '2026-01-02 03:04:05')",
            (self.backup_id,),
        )

    def _release(self):
        self.catalog.execute('DELETE FROM retained_backups')

    def _files(self):
        """Return the files of the backup in the repository, with contents."""
        found = {}
        for folder, _folders, names in os.walk(self.cloud.path('backups')):
            for name in names:
                if self.backup_id in name:
                    with open(os.path.join(folder, name), 'rb') as stream:
                        found[name] = stream.read()
        return found

    def _usage(self):
        return {
            row['resource']: row['in_use']
            for row in self.cloud.rows('quota_usages')
            if row['resource'].startswith('backup')
        }

    def _delete_it(self):
        self.cloud.client().backups.delete(self.backup_id)
        self.cloud.wait_for('backup', self.backup_id, 'deleted')

    def test_not_retained(self):
        self.assertNotEqual({}, self._files())
        self._delete_it()
        self.assertEqual({}, self._files())

    def test_retained(self):
        self._retain()
        files, usage = self._files(), self._usage()
        self._delete_it()
        self.assertEqual(files, self._files())
        row = self.backup_row(self.backup_id)
        self.assertEqual(('deleted', 1), (row['status'], row['deleted']))
        self.assertEqual(
            {resource: in_use - 1 for resource, in_use in usage.items()},
            self._usage(),
        )
        self.assertEqual([], self.catalog.rows('retained_backups'))

    def test_retained_comes_back_by_its_record(self):
        response = self.cloud.request(
            'GET', f'/v3/backups/{self.backup_id}/export_record'
        )
        record = response.json()['backup-record']
        self._retain()
        self._delete_it()
        self.assert_created(
            self.post_record(record['backup_url'], record['backup_service'])
        )
        restored = self.cloud.client().restores.restore(self.backup_id)
        self.cloud.wait_for('volume', restored.volume_id, 'available')
        # The flag went with the backup: now its data goes too.
        self._delete_it()
        self.assertEqual({}, self._files())

    def test_retained_and_forced(self):
        self._retain()
        files = self._files()
        self.cloud.execute(
            "UPDATE backups SET status = 'error_deleting' WHERE id = ?",
            (self.backup_id,),
        )
        response = self.cloud.request(
            'POST',
            f'/v3/backups/{self.backup_id}/action',
            json={'os-force_delete': {}},
        )
        self.assertEqual(202, response.status_code, response.text)
        self.cloud.wait_for('backup', self.backup_id, 'deleted')
        self.assertEqual(files, self._files())

    def test_nobody_knows(self):
        files, usage = self._files(), self._usage()
        self.catalog.execute('ALTER TABLE retained_backups RENAME TO lost')
        try:
            self.cloud.client().backups.delete(self.backup_id)
            found = self.cloud.wait_for(
                'backup', self.backup_id, 'error_deleting'
            )
        finally:
            self.catalog.execute('ALTER TABLE lost RENAME TO retained_backups')
        self.assertIn('Not deleted, as it may be', found['fail_reason'])
        self.assertIn(
            'cinder-backup-meta-manage db sync', found['fail_reason']
        )
        self.assertEqual(files, self._files())
        self.assertEqual(usage, self._usage())
        # What the documentation says to do then.
        self.cloud.cinder(
            'backup-reset-state', '--state', 'available', self.backup_id
        )
        # It is a message to cinder-backup, and nobody waits for an answer.
        self.assert_soon(
            'available', lambda: self.backup_row(self.backup_id)['status']
        )
        self._delete_it()
        self.assertEqual({}, self._files())

    def _is_noted(self):
        return any(
            row['initiator'] == 'cinder-backup-meta'
            for row in self.cloud.rows('driver_initiator_data')
        )

    def test_catalog_is_moved_away(self):
        self.assert_soon(True, self._is_noted)
        self._retain()
        files = self._files()
        path = self.cloud.path('cinder_backup_meta.sqlite')
        os.rename(path, f'{path}.away')
        try:
            self._assert_refused(files)
            # A file of that name is not that file, and neither is another
            # catalog.
            with open(path, 'wb'):
                self._assert_refused(files)
            manage.manage(self.cloud, 'db', 'sync')
            self._assert_refused(files)
        finally:
            os.rename(f'{path}.away', path)
        self._delete_it()
        self.assertEqual(files, self._files())

    def _assert_refused(self, files):
        self.cloud.client().backups.delete(self.backup_id)
        found = self.cloud.wait_for('backup', self.backup_id, 'error_deleting')
        self.assertIn('db accept', found['fail_reason'])
        self.assertGreater(256, len(found['fail_reason']))
        self.assertEqual(files, self._files())
        self.cloud.cinder(
            'backup-reset-state', '--state', 'available', self.backup_id
        )
        self.assert_soon(
            'available', lambda: self.backup_row(self.backup_id)['status']
        )
