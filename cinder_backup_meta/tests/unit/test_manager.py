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

"""Deletion of real backups, by the real manager and a real driver."""

import contextlib
import io
import os
from unittest import mock

from castellan.common.objects import symmetric_key
from castellan.key_manager import key_manager
from cinder.backup.drivers import posix
from cinder.backup import manager as cinder_manager
from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
from cinder import quota
from cinder import rpc
import fixtures
from oslo_config import cfg
from oslo_messaging import conffixture

from cinder_backup_meta import manager
from cinder_backup_meta.retention import retained as retention
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

POSIX = f'{posix.__name__}.{posix.PosixBackupDriver.__name__}'
KEY_ID = '2f0d7e5b-3c1a-4b6f-9d8e-7a6b5c4d3e2f'
CHILD_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'
TIMEOUT = 300


class KeyManager(key_manager.KeyManager):
    """Keys in the memory of the process."""

    keys = {}

    def __init__(self, configuration):
        super().__init__(configuration)

    def get(self, context, managed_object_id, metadata_only=False):
        return self.keys[managed_object_id]

    def delete(self, context, managed_object_id, force=False):
        del self.keys[managed_object_id]

    def store(self, *args, **kwargs):
        raise NotImplementedError

    create_key = create_key_pair = list = store
    add_consumer = remove_consumer = store


class DeleteTestCase(base.DatabaseTestCase):
    migrated = True

    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=self.migrated)
        )
        self.repository = self.useFixture(fixtures.TempDir()).path
        self.config.config(
            backup_driver=POSIX,
            backup_posix_path=self.repository,
            backup_file_size=65536,
            backup_sha_block_size_bytes=32768,
            host='host-1',
        )
        self.config.config(
            group='oslo_concurrency',
            lock_path=self.useFixture(fixtures.TempDir()).path,
        )
        self.config.config(
            group='key_manager',
            backend=f'{__name__}.{KeyManager.__name__}',
        )
        KeyManager.keys = {
            KEY_ID: symmetric_key.SymmetricKey('AES', 256, bytes(32))
        }
        messages = self.useFixture(conffixture.ConfFixture(cfg.CONF))
        messages.transport_url = 'fake://'
        if not rpc.initialized():
            rpc.init(cfg.CONF)
            self.addCleanup(rpc.cleanup)
        volume = cinder_objects.Volume(
            self.context, size=1, project_id='project-1', user_id='user-1'
        )
        volume.create()
        self.volume_id = volume.id
        self.manager = manager.BackupManager(host='host-1')
        self.addCleanup(self.manager.catalog.join, TIMEOUT)
        self.manager.is_initialized = True
        self.notified = self.useFixture(
            fixtures.MockPatch(
                'cinder.volume.volume_utils.notify_about_backup_usage'
            )
        ).mock

    def make_backup(self, backup_id=samples.ID, **values):
        """Return an available backup, its data and quota there."""
        reservations = quota.QUOTAS.reserve(
            self.context, backups=1, backup_gigabytes=1
        )
        backup = cinder_objects.BackupImport(
            self.context,
            id=backup_id,
            user_id='user-1',
            project_id='project-1',
            volume_id=self.volume_id,
            host='host-1',
            service=POSIX,
            size=1,
            status='creating',
            **values,
        )
        backup.create()
        driver = self.manager.service(self.context)
        driver.backup(backup, io.BytesIO(os.urandom(100000)))
        backup.status = 'available'
        backup.save()
        quota.QUOTAS.commit(self.context, reservations)
        self.notified.reset_mock()
        return backup

    def start_deleting(self, backup_id=samples.ID):
        """Return what cinder-backup is sent."""
        backup = cinder_objects.Backup.get_by_id(self.context, backup_id)
        backup.status = 'deleting'
        backup.save()
        return backup

    def delete(self, backup_id=samples.ID):
        backup = self.start_deleting(backup_id)
        self.manager.delete_backup(self.context, backup)
        return backup

    def files(self):
        """Return all of the repository, by path."""
        found = {}
        for folder, _folders, names in os.walk(self.repository):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, 'rb') as stream:
                    found[path] = stream.read()
        return found

    def row(self, backup_id=samples.ID):
        rows = {row['id']: row for row in self.rows('backups')}
        return rows[backup_id]

    def usage(self):
        return {
            row['resource']: (row['in_use'], row['reserved'])
            for row in self.rows('quota_usages')
        }

    def notifications(self):
        return [call.args[2] for call in self.notified.call_args_list]


class TestDelete(DeleteTestCase):
    def test_backup_that_is_not_retained_goes_with_data_and_key(self):
        self.make_backup(encryption_key_id=KEY_ID)
        self.assertEqual(4, len(self.files()))
        self.delete()
        self.assertEqual({}, self.files())
        self.assertEqual({}, KeyManager.keys)
        self.assertEqual('deleted', self.row()['status'])
        self.assertEqual(
            {'backups': (0, 0), 'backup_gigabytes': (0, 0)}, self.usage()
        )

    def test_retained_backup_loses_its_row_only(self):
        self.make_backup(encryption_key_id=KEY_ID)
        files, before = self.files(), self.row()
        retention.retain(self.context, samples.ID)
        self.delete()
        self.assertEqual(files, self.files())
        self.assertEqual({KEY_ID}, set(KeyManager.keys))
        after = self.row()
        for name, value in (('status', 'deleted'), ('deleted', 1)):
            self.assertEqual(value, after.pop(name))
            before.pop(name)
        for name in ('deleted_at', 'updated_at'):
            self.assertIsNotNone(after.pop(name))
            before.pop(name)
        self.assertEqual(before, after)

    def test_retained_backup_gives_its_quota_back(self):
        self.make_backup()
        self.make_backup(CHILD_ID)
        retention.retain(self.context, samples.ID)
        self.delete()
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (1, 0)}, self.usage()
        )

    def test_retained_child_is_no_longer_counted(self):
        self.make_backup(num_dependent_backups=1)
        self.make_backup(CHILD_ID)
        child = cinder_objects.Backup.get_by_id(self.context, CHILD_ID)
        child.parent_id = samples.ID
        child.save()
        retention.retain(self.context, CHILD_ID)
        self.delete(CHILD_ID)
        self.assertEqual(0, self.row()['num_dependent_backups'])

    def test_retained_backup_is_notified_of(self):
        self.make_backup()
        retention.retain(self.context, samples.ID)
        self.delete()
        self.assertEqual(['delete.start', 'delete.end'], self.notifications())

    def test_flag_goes_with_the_backup(self):
        self.make_backup()
        self.make_backup(CHILD_ID)
        for backup_id in (samples.ID, CHILD_ID):
            retention.retain(self.context, backup_id)
        self.delete()
        self.assertEqual(
            {CHILD_ID},
            retention.retained_among(self.context, [samples.ID, CHILD_ID]),
        )

    def test_flag_that_can_not_be_removed_keeps_no_backup(self):
        self.make_backup()
        retention.retain(self.context, samples.ID)
        backup = self.start_deleting()
        remove = mock.patch.object(
            manager.retained,
            'release',
            autospec=True,
            side_effect=manager.exception.Refused('code', 'detail'),
        )
        with remove:
            self.manager.delete_backup(self.context, backup)
        self.assertEqual('deleted', self.row()['status'])
        self.assertTrue(retention.is_retained(self.context, samples.ID))

    def test_host_without_the_storage_deletes_a_retained_backup(self):
        self.make_backup()
        retention.retain(self.context, samples.ID)
        files = self.files()
        self.manager.is_initialized = False
        self.delete()
        self.assertEqual('deleted', self.row()['status'])
        self.assertEqual(files, self.files())

    def test_released_backup_goes_with_its_data(self):
        self.make_backup()
        retention.retain(self.context, samples.ID)
        retention.release(self.context, samples.ID)
        self.delete()
        self.assertEqual({}, self.files())

    def test_resumed_when_the_service_starts(self):
        self.make_backup()
        retention.retain(self.context, samples.ID)
        files = self.files()
        self.start_deleting()
        self.config.config(backup_service_inithost_offload=False)
        self.manager._cleanup_incomplete_backup_operations(self.context)
        self.assertEqual('deleted', self.row()['status'])
        self.assertEqual(files, self.files())


class TestCopy(DeleteTestCase):
    """Two backups that have the same data."""

    def setUp(self):
        super().setUp()
        self.make_backup(encryption_key_id=KEY_ID)
        self.make_copy()
        self.before = self.files()

    def make_copy(self):
        """Make what a stock import of the record under another id makes."""
        source = cinder_objects.Backup.get_by_id(self.context, samples.ID)
        names = (
            *('user_id', 'project_id', 'volume_id', 'host', 'service'),
            *('size', 'status', 'container', 'service_metadata'),
            'encryption_key_id',
        )
        made = {name: getattr(source, name) for name in names}
        cinder_objects.BackupImport(self.context, id=CHILD_ID, **made).create()

    def assert_only_deleted(self, backup_id):
        self.assertEqual(self.before, self.files())
        self.assertEqual({KEY_ID}, set(KeyManager.keys))
        self.assertEqual('deleted', self.row(backup_id)['status'])

    def test_source_first(self):
        self.delete()
        self.assert_only_deleted(samples.ID)
        self.delete(CHILD_ID)
        self.assertEqual(({}, {}), (self.files(), KeyManager.keys))

    def test_copy_first(self):
        self.delete(CHILD_ID)
        self.assert_only_deleted(CHILD_ID)
        self.delete()
        self.assertEqual(({}, {}), (self.files(), KeyManager.keys))

    def test_of_a_released_copy_the_source_is_left(self):
        retention.retain(self.context, CHILD_ID)
        retention.release(self.context, CHILD_ID)
        self.delete(CHILD_ID)
        self.assert_only_deleted(CHILD_ID)

    def test_retained_copy_is_the_last(self):
        retention.retain(self.context, CHILD_ID)
        self.delete()
        self.assert_only_deleted(samples.ID)
        self.delete(CHILD_ID)
        self.assert_only_deleted(CHILD_ID)


class TestKeyOfOthers(DeleteTestCase):
    """A key that something else names is left."""

    def _volume(self):
        volume = cinder_objects.Volume(
            self.context, size=1, encryption_key_id=KEY_ID
        )
        volume.create()
        return volume

    def _snapshot(self):
        snapshot = cinder_objects.Snapshot(
            self.context,
            volume_id=self.volume_id,
            volume_size=1,
            encryption_key_id=KEY_ID,
        )
        snapshot.create()
        return snapshot

    def _backup(self):
        # With hyphens or without, the key manager finds the same key.
        return self.make_backup(
            CHILD_ID, encryption_key_id=KEY_ID.replace('-', '')
        )

    def test_named_by_something_else(self):
        for make in (self._volume, self._snapshot, self._backup):
            self.make_backup(encryption_key_id=KEY_ID)
            other = make()
            before = set(self.files())
            self.delete()
            self.assertEqual({KEY_ID}, set(KeyManager.keys), make)
            # Only the key: the data is its own.
            gone = before - set(self.files())
            self.assertEqual(4, len(gone))
            self.assertTrue(all(samples.ID in name for name in gone))
            self.assertEqual(KEY_ID, self.row()['encryption_key_id'])
            other.destroy()
            self.execute(f"DELETE FROM backups WHERE id = '{samples.ID}'")

    def test_named_by_a_lost_backup(self):
        self.make_backup(encryption_key_id=KEY_ID)
        self.make_backup(CHILD_ID, encryption_key_id=KEY_ID)
        self.manager.catalog.wake()
        self.manager.catalog.join(TIMEOUT)
        self.execute(f"DELETE FROM backups WHERE id = '{CHILD_ID}'")
        self.delete()
        self.assertEqual({KEY_ID}, set(KeyManager.keys))

    def test_named_by_nothing_any_more(self):
        self.make_backup(encryption_key_id=KEY_ID)
        other = self._backup()
        other.destroy()
        self.delete()
        self.assertEqual({}, KeyManager.keys)


class TestFailure(DeleteTestCase):
    """What a deletion that fails leaves, saves of the backup included."""

    def setUp(self):
        super().setUp()
        self.make_backup(encryption_key_id=KEY_ID)
        self.before = self.files(), dict(KeyManager.keys)

    def _assert_nothing_lost(self, retained=True):
        self.assertEqual(self.before, (self.files(), KeyManager.keys))
        row = self.row()
        self.assertEqual(POSIX, row['service'])
        self.assertEqual(KEY_ID, row['encryption_key_id'])
        self.assertEqual(0, row['deleted'])
        if retained:
            self.assertTrue(retention.is_retained(self.context, samples.ID))

    def test_status_is_another(self):
        retention.retain(self.context, samples.ID)
        backup = cinder_objects.Backup.get_by_id(self.context, samples.ID)
        self.assertRaises(
            cinder_exception.InvalidBackup,
            self.manager.delete_backup,
            self.context,
            backup,
        )
        self._assert_nothing_lost()
        self.assertEqual('error', self.row()['status'])

    def test_any_save_on_the_way(self):
        # On the error paths of Cinder, today's and tomorrow's, the backup is
        # saved with what is known to be changed.
        retention.retain(self.context, samples.ID)
        for where in (
            'cinder.backup.manager.BackupManager._notify_about_backup_usage',
            'cinder.backup.manager.BackupManager._is_our_backup',
            'cinder.objects.backup.Backup.destroy',
        ):
            backup = self.start_deleting()

            def fail(*args, backup=backup, **kwargs):
                cinder_manager.volume_utils.update_backup_error(
                    backup, 'injected', 'error_deleting'
                )
                raise RuntimeError('injected')

            with mock.patch(where, autospec=True, side_effect=fail):
                self.assertRaises(
                    RuntimeError,
                    self.manager.delete_backup,
                    self.context,
                    backup,
                )
            self._assert_nothing_lost()
            self.assertEqual('error_deleting', self.row()['status'])
            # And in memory it is as it was.
            self.assertEqual(POSIX, backup.service)
            self.assertEqual(KEY_ID, backup.encryption_key_id)
            self.assertEqual(set(), backup.obj_what_changed())

    def test_own_database_can_not_be_asked(self):
        usage = self.usage()
        self.catalog.break_()
        backup = self.start_deleting()
        error = self.assertRaises(
            cinder_exception.InvalidBackup,
            self.manager.delete_backup,
            self.context,
            backup,
        )
        self._assert_nothing_lost(retained=False)
        self.assertEqual(usage, self.usage())
        self.assertEqual([], self.notifications())
        row = self.row()
        self.assertEqual('error_deleting', row['status'])
        for text in (
            'Not deleted, as it may be retained',
            '[backup_meta_catalog] connection',
            'run cinder-backup-meta-manage db sync',
        ):
            self.assertIn(text, row['fail_reason'])
            self.assertIn(text, str(error))
        self.assertLess(len(row['fail_reason']), 256)

    def test_unforeseen_error_of_the_own_database(self):
        backup = self.start_deleting()
        with mock.patch.object(
            manager.retained,
            'is_retained',
            autospec=True,
            side_effect=RuntimeError,
        ):
            self.assertRaises(
                RuntimeError, self.manager.delete_backup, self.context, backup
            )
        self._assert_nothing_lost(retained=False)


class TestDeleteWithoutTables(DeleteTestCase):
    migrated = False

    def test_backup_goes_with_its_data(self):
        self.make_backup()
        self.delete()
        self.assertEqual({}, self.files())
        self.assertEqual('deleted', self.row()['status'])
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_server_that_does_not_answer_is_no_missing_file(self):
        self.make_backup()
        files = self.files()
        self.catalog.connect('mysql+pymysql://root@127.0.0.1:1/nothing')
        backup = self.start_deleting()
        with contextlib.suppress(cinder_exception.InvalidBackup):
            self.manager.delete_backup(self.context, backup)
        self.assertEqual(files, self.files())
        self.assertEqual('error_deleting', self.row()['status'])


class TestCapture(DeleteTestCase):
    """The catalog is told of whatever may have changed a backup."""

    def entries(self):
        self.manager.catalog.join(TIMEOUT)
        return {
            row['id']: row
            for row in self.catalog.execute('SELECT * FROM backup_records')
        }

    def states(self):
        return {id: row['state'] for id, row in self.entries().items()}

    def capture(self):
        self.manager.catalog.wake()
        return self.entries()

    def reset(self, backup_id=samples.ID, status='available'):
        backup = cinder_objects.Backup.get_by_id(self.context, backup_id)
        self.manager.reset_status(self.context, backup, status)

    def test_deleted(self):
        self.make_backup()
        self.capture()
        self.delete()
        self.assertEqual({samples.ID: 'deleted'}, self.states())

    def test_deleted_and_retained(self):
        self.make_backup()
        self.capture()
        retention.retain(self.context, samples.ID)
        self.delete()
        self.assertEqual({samples.ID: 'deleted'}, self.states())

    def test_parent_of_a_deleted_one(self):
        self.make_backup(num_dependent_backups=1)
        self.make_backup(CHILD_ID)
        child = cinder_objects.Backup.get_by_id(self.context, CHILD_ID)
        child.parent_id = samples.ID
        child.save()
        before = self.capture()
        self.delete(CHILD_ID)
        after = self.entries()
        self.assertNotEqual(
            before[samples.ID]['digest'], after[samples.ID]['digest']
        )

    def test_status_that_is_reset(self):
        self.make_backup()
        self.reset()
        self.assertEqual({samples.ID: 'current'}, self.states())

    def test_error_of_cinder(self):
        self.make_backup()
        self.config.config(backup_driver='another.Driver')
        self.manager.driver_name = 'another.Driver'
        self.assertRaises(cinder_exception.InvalidBackup, self.reset)
        self.assertEqual({samples.ID: 'current'}, self.states())

    def test_import_by_an_api_without_the_plugin(self):
        backup = cinder_objects.BackupImport(
            self.context,
            id=samples.ID,
            user_id='user-1',
            project_id='project-1',
            volume_id=self.volume_id,
            status='creating',
        )
        backup.create()
        self.manager.import_record(
            self.context,
            backup,
            POSIX,
            samples.encode(samples.record(parent_id=CHILD_ID)),
            [],
        )
        self.assertEqual('available', self.row()['status'])
        self.assertEqual({samples.ID: 'current'}, self.states())

    def test_start_of_the_service(self):
        self.make_backup()
        self.manager.init_host_with_rpc()
        self.assertEqual({samples.ID: 'current'}, self.states())

    def test_periodic_task(self):
        self.make_backup()
        # None of Cinder's own, which want a broker.
        tasks = [
            (name, task)
            for name, task in self.manager._periodic_tasks
            if task is manager.BackupManager._keep_catalog
        ]
        self.assertEqual(1, len(tasks))
        self.manager._periodic_last_run['_keep_catalog'] = 0
        with mock.patch.object(
            manager.BackupManager, '_periodic_tasks', tasks
        ):
            self.manager.run_periodic_tasks(self.context, raise_on_error=True)
        self.assertEqual({samples.ID: 'current'}, self.states())

    def test_catalog_that_is_down(self):
        self.make_backup()
        self.make_backup(CHILD_ID)
        self.capture()
        self.catalog.execute('DROP TABLE backup_records')
        self.reset()
        self.delete(CHILD_ID)
        self.assertEqual('available', self.row()['status'])
        self.assertEqual('deleted', self.row(CHILD_ID)['status'])
