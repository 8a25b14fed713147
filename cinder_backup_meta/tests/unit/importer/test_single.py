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

import copy
import datetime

from cinder.backup import driver as cinder_driver
from cinder import objects as cinder_objects

from cinder_backup_meta import exception
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base as repository_base
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.importer import base as importer_base

Reason = reasons.Reason

CHILD_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'


class Driver(cinder_driver.BackupDriver):
    """Cinder's base driver; what it is given can be looked at."""

    def __init__(self, error=None):
        self.seen = []
        self.error = error

    def backup(self, *args, **kwargs):
        raise NotImplementedError

    restore = delete_backup = backup

    def import_record(self, backup, driver_info):
        self.seen.append((backup, driver_info))
        if self.error:
            raise self.error


class Unlocked(repository_base.Repository, repository_base.Lookup):
    """A repository that has everything and minds nothing."""

    def check_location(self, record):
        pass

    def find_faults(self, records):
        return {}


class ImportTestCase(base.DatabaseTestCase):
    def _import(self, context=None, driver=None, options=None, **changes):
        record = objects.BackupRecord.from_string(
            self.context, samples.encode(samples.record(**changes)), 300
        )
        self._import_record(record, context, driver, options)

    def _import_record(self, record, context=None, driver=None, options=None):
        context = context or self.context
        driver = driver or Driver()
        pipeline.import_record(
            context,
            record,
            samples.POSIX,
            objects.BackupRecordOptions.with_defaults(
                context, **(options or {})
            ),
            importer_base.host(driver, Unlocked(fixed.Fixed(driver), None)),
        )

    def _import_child(self, **changes):
        values = {
            'id': CHILD_ID,
            'parent_id': samples.ID,
            'created_at': '2026-01-03T03:04:05Z',
        }
        self._import(**(values | changes))

    def _refused(self, code, action, *args, **kwargs):
        before = self.tables()
        error = self.assertRaises(exception.Refused, action, *args, **kwargs)
        self.assertEqual(code, error.code)
        self.assertEqual(before, self.tables())
        return str(error)

    def _backup(self, backup_id=samples.ID):
        return cinder_objects.Backup.get_by_id(self.context, backup_id)

    def _usage(self):
        return {
            row['resource']: (row['in_use'], row['reserved'])
            for row in self.rows('quota_usages')
        }


class TestRow(ImportTestCase):
    def test_every_column(self):
        self._import(
            fail_reason='once',
            temp_volume_id=samples.PARENT_ID,
            temp_snapshot_id=samples.PARENT_ID,
            restore_volume_id=samples.PARENT_ID,
            snapshot_id=samples.PARENT_ID,
            encryption_key_id=samples.PARENT_ID,
            options={'allow_missing_key': True},
            num_dependent_backups=99,
            status='deleting',
            deleted=True,
            deleted_at='2026-01-05T00:00:00Z',
        )
        [row] = self.rows('backups')
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        changed = datetime.datetime.fromisoformat(row.pop('updated_at'))
        self.assertLess(abs(now - changed), datetime.timedelta(minutes=1))
        self.assertEqual(
            {
                'id': samples.ID,
                'user_id': 'user-1',
                'project_id': 'project-1',
                'volume_id': samples.VOLUME_ID,
                'host': 'host-1',
                'availability_zone': 'az-1',
                'container': '6f/1d/6f1d4a2e',
                'parent_id': None,
                'status': 'available',
                'fail_reason': None,
                'size': 3,
                'display_name': 'nightly',
                'display_description': None,
                'service_metadata': samples.record()['service_metadata'],
                'service': samples.POSIX,
                'object_count': 2,
                'temp_volume_id': None,
                'temp_snapshot_id': None,
                'num_dependent_backups': 0,
                'snapshot_id': samples.PARENT_ID,
                'data_timestamp': '2026-01-02 03:04:05.000000',
                'restore_volume_id': None,
                'encryption_key_id': samples.PARENT_ID,
                'created_at': '2026-01-02 03:04:05.000000',
                'deleted_at': None,
                'deleted': 0,
            },
            row,
        )

    def test_metadata(self):
        self._import(metadata={'a': 'b', 'c': ''})
        self.assertEqual({'a': 'b', 'c': ''}, self._backup().metadata)

    def test_record_of_the_oldest_release(self):
        record = objects.BackupRecord.from_string(
            self.context, samples.of_release('2014.1'), 300
        )
        self._import_record(record)
        backup = self._backup()
        self.assertEqual(samples.POSIX, backup.service)
        self.assertEqual(backup.created_at, backup.data_timestamp)
        self.assertEqual({}, backup.metadata)

    def test_record_without_a_volume(self):
        self._import(volume_id=...)
        self.assertEqual(
            '00000000-0000-0000-0000-000000000000', self._backup().volume_id
        )


class TestExisting(ImportTestCase):
    def test_living_backup_is_refused(self):
        self._import()
        text = self._refused(Reason.BACKUP_EXISTS, self._import, size=7)
        self.assertIn('Backup already exists in database.', text)

    def test_living_backup_of_another_project_is_refused(self):
        self._import()
        other = copy.deepcopy(self.context)
        other.project_id = 'project-2'
        self._refused(Reason.BACKUP_EXISTS, self._import, context=other)

    def test_soft_deleted_backup_comes_back(self):
        self._import(
            encryption_key_id=samples.PARENT_ID,
            options={'allow_missing_key': True},
            metadata={'old': '1'},
        )
        self._backup().destroy()
        self._import(display_name='again', metadata={'new': '2'})
        backup = self._backup()
        self.assertEqual('again', backup.display_name)
        self.assertEqual('available', backup.status)
        self.assertIsNone(backup.encryption_key_id)
        self.assertEqual({'new': '2'}, backup.metadata)
        self.assertFalse(backup.deleted)
        self.assertIsNone(backup.deleted_at)

    def test_quota_is_charged_once_for_what_comes_back(self):
        self._import()
        # Deleting the row alone gives no quota back.
        self._backup().destroy()
        usage = self._usage()
        self._import(size=5)
        self.assertEqual((2, 0), self._usage()['backups'])
        self.assertEqual(
            (usage['backup_gigabytes'][0] + 5, 0),
            self._usage()['backup_gigabytes'],
        )


class TestChains(ImportTestCase):
    def test_parent_counts_its_children(self):
        self._import()
        self._import_child()
        self._import_child(
            id=samples.PARENT_ID, created_at='2026-01-04T00:00:00Z'
        )
        self.assertEqual(2, self._backup().num_dependent_backups)

    def test_parent_that_was_never_here(self):
        text = self._refused(Reason.PARENT_MISSING, self._import_child)
        self.assertIn(samples.ID, text)
        self.assertIn('first', text)

    def test_parent_that_is_deleted(self):
        self._import()
        self._backup().destroy()
        self._refused(Reason.PARENT_MISSING, self._import_child)

    def test_own_parent(self):
        self._refused(
            Reason.PARENT_MISSING, self._import_child, parent_id=CHILD_ID
        )

    def test_parent_in_error(self):
        self._import()
        backup = self._backup()
        backup.status = 'error'
        backup.save()
        self._refused(Reason.PARENT_NOT_AVAILABLE, self._import_child)

    def test_parent_of_another_volume(self):
        self._import()
        self._refused(
            Reason.PARENT_OF_OTHER_VOLUME,
            self._import_child,
            volume_id=samples.PARENT_ID,
        )

    def test_parent_that_is_younger(self):
        self._import()
        self._refused(
            Reason.PARENT_NOT_OLDER,
            self._import_child,
            created_at='2026-01-01T00:00:00Z',
        )

    def test_parent_of_the_same_second(self):
        self._import()
        # A row that this cloud made itself has fractions, a record has none.
        with base.sqlite3.connect(base._file('cinder')) as connection:
            connection.execute(
                "UPDATE backups SET created_at = '2026-01-02 03:04:05.678901'"
            )
        self._import_child(created_at='2026-01-02T03:04:05Z')
        self.assertEqual(1, self._backup().num_dependent_backups)

    def test_parent_that_comes_back_counts_the_children_left(self):
        self._import()
        self._import_child()
        # Cinder would not delete a parent like this; a hand in the
        # database would.
        self._backup().destroy()
        self._import()
        self.assertEqual(1, self._backup().num_dependent_backups)


class TestDriver(ImportTestCase):
    def test_sees_the_backup_and_its_information(self):
        driver = Driver()
        self._import(driver=driver, driver_info={'a': 1})
        [(backup, driver_info)] = driver.seen
        self.assertEqual({'a': 1}, driver_info)
        self.assertEqual(samples.ID, backup.id)
        self.assertEqual('project-1', backup.project_id)

    def test_refusal(self):
        text = self._refused(
            Reason.DRIVER_REFUSED,
            self._import,
            driver=Driver(ValueError('no such pool')),
        )
        self.assertIn('no such pool', text)


class Shy(Unlocked):
    """A repository whose records prove nothing until they are looked at."""

    def must_look(self, record):
        return True

    def find_faults(self, records):
        return {
            record.id: exception.Refused(Reason.DATA_MISSING, 'not here')
            for record in records
        }


class TestUnseen(ImportTestCase):
    def _import_from(self, repository):
        record = objects.BackupRecord.from_string(
            self.context, samples.encode(samples.record()), 300
        )
        pipeline.import_record(
            self.context,
            record,
            samples.POSIX,
            objects.BackupRecordOptions.with_defaults(
                self.context, verify='none'
            ),
            importer_base.host(Driver(), repository),
        )

    def test_what_proves_nothing_is_looked_at_all_the_same(self):
        self._refused(
            Reason.DATA_MISSING,
            self._import_from,
            Shy(fixed.Fixed(Driver()), None),
        )

    def test_what_can_not_be_looked_at_then(self):
        class Blind(Shy):
            lookup = None

        self._refused(
            Reason.DATA_UNREADABLE,
            self._import_from,
            Blind(fixed.Fixed(Driver()), None),
        )

    def test_other_records_are_imported_unseen(self):
        self._import_from(Unlocked(fixed.Fixed(Driver()), None))
        self.assertEqual('available', self._backup().status)


class TestQuota(ImportTestCase):
    def test_first_charge_of_a_project(self):
        self._import()
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (3, 0)}, self._usage()
        )
        self.assertEqual([], self.rows('reservations'))

    def test_next_charge(self):
        self._import()
        self._import_child(size=4)
        self.assertEqual(
            {'backups': (2, 0), 'backup_gigabytes': (7, 0)}, self._usage()
        )

    def test_number_of_backups(self):
        self.config.config(quota_backups=1, use_default_quota_class=False)
        self._import()
        text = self._refused(Reason.QUOTA_EXCEEDED, self._import_child)
        self.assertIn('Maximum number of backups allowed (1)', text)

    def test_gigabytes(self):
        self.config.config(
            quota_backup_gigabytes=5, use_default_quota_class=False
        )
        self._import()
        text = self._refused(Reason.QUOTA_EXCEEDED, self._import_child)
        self.assertIn('Requested 3G, quota is 5G and 3G', text)

    def test_more_than_the_column_holds(self):
        self.config.config(
            quota_backup_gigabytes=-1, use_default_quota_class=False
        )
        self._import()
        self._refused(
            Reason.QUOTA_EXCEEDED, self._import_child, size=2**31 - 1
        )

    def test_first_charge_over_quota_leaves_no_usage(self):
        self.config.config(quota_backups=0, use_default_quota_class=False)
        self._refused(Reason.QUOTA_EXCEEDED, self._import)

    def test_negative_usage_is_counted_anew(self):
        self._import()
        self._set_usage(in_use=-3)
        self._import_child()
        self.assertEqual((2, 0), self._usage()['backups'])

    def test_until_refresh(self):
        self.config.config(until_refresh=2)
        self._import()
        self._set_usage(in_use=5)
        self._import_child()
        self.assertEqual((6, 0), self._usage()['backups'])
        self._import_child(id=samples.PARENT_ID)
        self.assertEqual((3, 0), self._usage()['backups'])

    def test_max_age(self):
        self.config.config(max_age=60)
        self._import()
        self._set_usage(in_use=5, updated_at='2026-01-01 00:00:00.000000')
        self._import_child()
        self.assertEqual((2, 0), self._usage()['backups'])

    def _set_usage(self, **values):
        with base.sqlite3.connect(base._file('cinder')) as connection:
            for column, value in values.items():
                connection.execute(
                    f'UPDATE quota_usages SET {column} = ?',  # noqa: S608
                    (value,),
                )
