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

"""Imports and deletions of the same data, with the windows held open.

Each test runs one of the two where the other is between its look and its act.
"""

import threading

from cinder.backup.drivers import posix
from cinder import objects as cinder_objects
from oslo_db.sqlalchemy import engines

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import sqlite
from cinder_backup_meta import exception
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta.importer import retention as importer_retention
from cinder_backup_meta.importer import store
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained
from cinder_backup_meta.retention import spared
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit import test_manager
from cinder_backup_meta.worker import host as worker_host

COPY_ID = test_manager.CHILD_ID
Reason = reasons.Reason


class SharedDataTestCase(test_manager.DeleteTestCase):
    def setUp(self):
        super().setUp()
        # As the embedded control plane sets it up: one writer at a time, and
        # the others wait.
        engine = engines.create_engine(
            f'sqlite:///{unit_base._file("cinder")}'
        )
        sqlite.tune(engine)
        self.addCleanup(engine.dispose)
        self.addCleanup(models.main_context_manager.patch_engine(engine))
        backup = self.make_backup()
        self.record = objects.BackupRecord.from_backup(
            self.context, backup, {}
        )
        self.before = self.files()

    def import_(self, backup_id=COPY_ID, parent=False, **options):
        """Import the record under an id; return None, or why not."""
        self.record.id = backup_id
        if parent:
            self.record.parent_id = samples.ID
        try:
            pipeline.import_record(
                self.context,
                self.record,
                test_manager.POSIX,
                objects.BackupRecordOptions.with_defaults(
                    self.context, **options
                ),
                worker_host.Host.of_manager(self.manager, self.context),
            )
        except exception.Refused as error:
            return error.code
        return None

    def copy(self):
        """Make a copy that is not retained."""
        self.assertIsNone(self.import_())
        retained.release(self.context, COPY_ID)

    def lives(self, backup_id):
        return any(
            row['id'] == backup_id and not row['deleted']
            for row in self.rows('backups')
        )

    def hold(self, where, name, action, after=False):
        """Run an action right before a function does, or after it; once."""
        function, todo = getattr(where, name), [action]

        def held(*args, **kwargs):
            now = [todo.pop()] if todo else []
            if now and not after:
                now[0]()
            result = function(*args, **kwargs)
            if now and after:
                now[0]()
            return result

        self.patch(where, name, held)


class TestImport(SharedDataTestCase):
    """The source, or the backup itself, goes during an import."""

    def test_deleted_between_look_and_transaction(self):
        for backup_id in (COPY_ID, samples.ID):
            # A copy, and the record of the deleted backup itself.
            self.hold(store, 'write', self.delete)
            self.assertEqual(Reason.DATA_MISSING, self.import_(backup_id))
            self.assertFalse(self.lives(backup_id))
            self.assertEqual({}, self.files())
            self.make_backup_again()

    def test_deleted_between_look_and_transaction_with_its_data_left(self):
        retained.retain(self.context, samples.ID)
        self.hold(store, 'write', self.delete)
        self.assertIsNone(self.import_())
        self.assertEqual(self.before, self.files())

    def test_deletion_decided_and_not_done(self):
        for options in ({}, {'verify': 'none'}):
            codes = []
            self.hold(
                posix.PosixBackupDriver,
                'delete_backup',
                lambda codes=codes, options=options: codes.append(
                    self.import_(**options)
                ),
            )
            self.delete()
            self.assertEqual([Reason.DATA_BEING_DELETED], codes)
            self.assertFalse(self.lives(COPY_ID))
            self.assertEqual({}, self.files())
            self.make_backup_again()

    def make_backup_again(self):
        self.execute('DELETE FROM backups')
        backup = self.make_backup()
        self.record = objects.BackupRecord.from_backup(
            self.context, backup, {}
        )

    def test_deletion_asked_for_and_not_decided(self):
        self.start_deleting()
        self.assertEqual(Reason.DATA_BEING_DELETED, self.import_())

    def test_deletion_that_failed(self):
        backup = self.start_deleting()
        # Stock Cinder leaves the second if the driver has failed.
        for status in ('error_deleting', 'error'):
            backup.status = status
            backup.save()
            self.assertEqual(Reason.DATA_BEING_DELETED, self.import_())

    def test_copy_that_is_deleted_while_its_source_comes_back(self):
        self.copy()
        self.execute('DELETE FROM backups WHERE id = ?', samples.ID)
        self.hold(store, 'write', lambda: self.delete(COPY_ID))
        self.assertEqual(Reason.DATA_MISSING, self.import_(samples.ID))
        self.assertFalse(self.lives(samples.ID))

    def test_deleted_long_ago_with_its_data_left(self):
        retained.retain(self.context, samples.ID)
        self.delete()
        self.assertIsNone(self.import_(samples.ID))
        self.assertTrue(self.lives(samples.ID))


class TestDeletion(SharedDataTestCase):
    """An import comes during a deletion."""

    def test_transaction_of_an_import_is_waited_for(self):
        backup = self.start_deleting()
        # The import has read before the status was set.
        self.execute("UPDATE backups SET status = 'available'")
        found = []
        thread = threading.Thread(
            target=lambda: found.append(
                spared.find(self.context.elevated(), backup)
            )
        )
        at_the_lock = threading.Event()

        def wait_for_the_lock():
            self.hold(spared.writes, 'lock', at_the_lock.set)
            thread.start()
            self.assertTrue(at_the_lock.wait(test_manager.TIMEOUT))
            self.assertEqual([], found)

        # At the end of the transaction: the copy is not there for others.
        self.hold(
            importer_retention.Flags, 'set', wait_for_the_lock, after=True
        )
        self.assertIsNone(self.import_())
        thread.join(test_manager.TIMEOUT)
        [left] = found
        self.assertTrue(left.data)

    def test_child_that_comes_before_the_decision(self):
        backup = self.start_deleting()
        child = cinder_objects.BackupImport(
            self.context,
            id=COPY_ID,
            parent_id=samples.ID,
            user_id='user-1',
            project_id='project-1',
            volume_id=self.volume_id,
            status='available',
        )
        child.create()
        for retain in (False, True):
            if retain:
                retained.retain(self.context, samples.ID)
            self.assertRaises(
                test_manager.cinder_exception.InvalidBackup,
                self.manager.delete_backup,
                self.context,
                backup,
            )
            row = self.row()
            self.assertEqual('error_deleting', row['status'])
            self.assertIn('delete those first', row['fail_reason'])
            self.assertEqual(self.before, self.files())
            backup = self.start_deleting()


class TestDeletions(SharedDataTestCase):
    """Two backups with the same data are deleted at once."""

    def setUp(self):
        super().setUp()
        self.copy()

    def _delete_both(self, first, second, where, name, after):
        objects_ = {
            backup_id: self.start_deleting(backup_id)
            for backup_id in (first, second)
        }

        def delete(backup_id):
            self.manager.delete_backup(self.context, objects_[backup_id])

        self.hold(where, name, lambda: delete(second), after)
        delete(first)
        self.assertFalse(self.lives(first))
        self.assertFalse(self.lives(second))

    def test_data_goes_with_the_last(self):
        pair = (samples.ID, COPY_ID)
        for first, second in (pair, pair[::-1]):
            for where, name, after in (
                # Before anything is decided, after the first has decided,
                # and after it is gone from the storage's point of view.
                (spared, 'find', False),
                (spared, 'find', True),
                (cinder_objects.Backup, 'destroy', False),
            ):
                self._delete_both(first, second, where, name, after)
                self.assertEqual({}, self.files(), (first, name, after))
                self.execute('DELETE FROM backups')
                backup = self.make_backup()
                self.record = objects.BackupRecord.from_backup(
                    self.context, backup, {}
                )
                self.copy()

    def test_interrupted_after_the_decision(self):
        backup = self.start_deleting()
        self.assertTrue(spared.find(self.context, backup).data)
        self.delete(COPY_ID)
        self.assertEqual({}, self.files())
        # cinder-backup starts again and resumes.
        self.manager.delete_backup(self.context, backup)
        self.assertFalse(self.lives(samples.ID))

    def test_failed_after_the_decision(self):
        backup = self.start_deleting()
        self.assertTrue(spared.find(self.context, backup).data)
        backup.status = 'error_deleting'
        backup.save()
        self.delete(COPY_ID)
        self.assertEqual(self.before, self.files())
        self.delete()
        self.assertEqual({}, self.files())

    def test_copy_of_a_lost_source(self):
        self.manager.catalog.wake()
        self.manager.catalog.join(test_manager.TIMEOUT)
        self.execute('DELETE FROM backups WHERE id = ?', samples.ID)
        self.delete(COPY_ID)
        self.assertEqual(self.before, self.files())
