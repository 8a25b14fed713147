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

from cinder_backup_meta import exception
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.importer import base

Reason = reasons.Reason


def refused(text='not there'):
    return exception.Refused(Reason.DATA_MISSING, text)


class TestItems(base.PageTestCase):
    def test_of_what_is_created(self):
        items = self.assertResults(
            ['created', 'created'],
            [base.string(1), base.string(2, parent=1, size=7)],
        )
        self.assertEqual(
            {
                'id': base.backup_id(2),
                'name': 'nightly',
                'result': 'created',
                'reason': None,
                'detail': None,
                'note': None,
                'project_id': 'project-1',
                'size': '7',
                'parent_id': base.backup_id(1),
            },
            items[1],
        )

    def test_of_what_can_not_be_read(self):
        [item] = self.assertUnchanged(['record_not_base64'], ['?'])
        self.assertEqual(
            {
                'id': None,
                'name': None,
                'result': 'refused',
                'reason': 'record_not_base64',
                'detail': item['detail'],
                'note': None,
                'project_id': None,
                'size': None,
                'parent_id': None,
            },
            item,
        )
        self.assertIn('not valid base64', item['detail'])

    def test_of_what_can_be_read_in_part(self):
        # Whatever is wrong, the refusal names the backup.
        for changes in (
            {'size': -1},
            {'object_count': 'many'},
            {'created_at': '2999-01-01T00:00:00Z'},
            {'no_field': 1},
            {'container': ...},
        ):
            string = base.string(1, parent=2, **({'size': 7} | changes))
            [item] = self.import_([string]).items
            size = changes.get('size', 7)
            self.assertEqual(
                (
                    base.backup_id(1),
                    'nightly',
                    'project-9',
                    '7' if size == 7 else None,
                    base.backup_id(2),
                ),
                tuple(
                    item[name] for name in ('id', 'name', 'project_id', 'size')
                )
                + (item['parent_id'],),
            )
            self.assertEqual('refused', item['result'])

    def test_one_that_can_not_be_read_beside_one_that_can(self):
        self.assertResults(
            ['invalid_field', 'created', 'created'],
            [
                base.string(1, size=-1),
                base.string(1),
                base.string(2, parent=1),
            ],
        )

    def test_are_in_the_order_of_the_strings(self):
        items = self.assertResults(
            ['created', 'invalid_field', 'created'],
            [
                base.string(2, parent=1),
                base.string(3, size=-1),
                base.string(1),
            ],
        )
        self.assertEqual(
            [base.backup_id(number) for number in (2, 3, 1)],
            [item['id'] for item in items],
        )

    def test_of_nothing(self):
        self.assertUnchanged([], [])


class TestRow(base.PageTestCase):
    def _compare(self, string, **options):
        """Import a record by itself and in a page; compare the tables."""
        record = objects.BackupRecord.from_string(self.context, string, 300)
        pipeline.import_record(
            self.context,
            record,
            samples.POSIX,
            objects.BackupRecordOptions.with_defaults(self.context, **options),
            base.host(base.Driver(), base.Repository()),
        )
        alone = self.tables()
        self.reset()
        self.assertResults(['created'], [string], **options)
        self.assertEqual(self._ageless(alone), self._ageless(self.tables()))

    def _ageless(self, tables):
        for table, rows in tables.items():
            for row in rows:
                row.pop('updated_at', None)
                if table != 'backups':
                    row.pop('created_at')
        return tables

    def test_is_that_of_the_import_of_one(self):
        self._compare(
            base.string(
                1,
                fail_reason='once',
                snapshot_id=samples.PARENT_ID,
                encryption_key_id=samples.PARENT_ID,
                num_dependent_backups=99,
                status='deleting',
                metadata={'a': 'b', 'c': ''},
            ),
            allow_missing_key=True,
        )

    def test_of_the_oldest_release_too(self):
        self._compare(samples.of_release('2014.1', id=base.backup_id(1)))

    def test_has_the_time_of_its_import(self):
        self.assertResults(['created'], [base.string(1, created_at=None)])
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        for name in ('created_at', 'updated_at'):
            when = datetime.datetime.fromisoformat(self.row(1)[name])
            self.assertLess(abs(now - when).total_seconds(), 60)

    def test_belongs_to_the_host_that_imports_it(self):
        self.assertResults(['created'], [base.string(1)])
        row = self.row(1)
        self.assertEqual(
            ('host-1', 'az-1'), (row['host'], row['availability_zone'])
        )

    def test_keeps_the_host_of_the_record(self):
        self.assertResults(
            ['created', 'created'],
            [base.string(1), base.string(2, host=None)],
            keep_host=True,
        )
        self.assertEqual(
            [('elsewhere', 'az-9'), ('host-1', 'az-9')],
            [
                (row['host'], row['availability_zone'])
                for row in map(self.row, (1, 2))
            ],
        )


class TestRepeated(base.PageTestCase):
    def test_same_string_twice(self):
        items = self.assertResults(
            ['created', 'unchanged', 'created'],
            [base.string(1), base.string(1), base.string(2)],
        )
        self.assertEqual('project-1', items[1]['project_id'])
        self.assertEqual([1, 2], self.numbers())

    def test_same_string_twice_that_is_refused(self):
        items = self.assertResults(
            ['parent_missing', 'parent_missing'],
            [base.string(1, parent=9)] * 2,
        )
        self.assertEqual(items[0], items[1])

    def test_another_string_of_the_same_backup(self):
        items = self.assertResults(
            ['created', 'duplicate_record', 'created'],
            [base.string(1), base.string(1, size=9), base.string(2, parent=1)],
        )
        self.assertIn(base.backup_id(1), items[1]['detail'])
        self.assertEqual(3, self.row(1)['size'])

    def test_another_string_of_what_is_refused(self):
        self.assertUnchanged(
            ['service_mismatch', 'duplicate_record'],
            [base.string(1, service='x'), base.string(1)],
        )


class TestExisting(base.PageTestCase):
    def test_the_same_is_unchanged(self):
        strings = [base.string(1), base.string(2, parent=1)]
        self.import_(strings)
        repository = base.Repository()
        self.assertUnchanged(
            ['unchanged', 'unchanged'], strings, repository=repository
        )
        self.assertEqual([], repository.asked)

    def test_what_its_owner_may_edit_does_not_matter(self):
        self.import_([base.string(1)])
        self.execute(
            "UPDATE backups SET display_name = 'x', display_description = 'y',"
            "host = 'other', num_dependent_backups = 5, status = 'restoring'"
        )
        self.execute('DELETE FROM backup_metadata')
        self.assertUnchanged(['unchanged'], [base.string(1)])

    def test_a_time_with_fractions_is_the_same(self):
        self.import_([base.string(1)])
        self.execute(
            "UPDATE backups SET created_at = '2026-01-02 03:04:05.678901'"
        )
        self.assertUnchanged(['unchanged'], [base.string(1)])

    def test_a_time_that_the_record_does_not_tell_is_the_same(self):
        string = base.string(1, created_at=None)
        self.import_([string])
        self.execute("UPDATE backups SET created_at = '2025-01-02 03:04:05'")
        self.assertUnchanged(['unchanged'], [string])

    def test_a_number_of_objects_that_nobody_counted_is_the_same(self):
        string = base.string(1, object_count=0)
        self.import_([string])
        self.execute('UPDATE backups SET object_count = NULL')
        self.assertUnchanged(['unchanged'], [string])

    def test_an_old_name_of_the_driver_is_the_same(self):
        self.import_([base.string(1)])
        module = samples.POSIX.rpartition('.')[0]
        self.execute('UPDATE backups SET service = ?', module)
        self.assertUnchanged(['unchanged'], [base.string(1)])

    def test_each_difference_is_named(self):
        string = base.string(1)
        self.import_([string])
        for column, value in (
            ('project_id', 'project-2'),
            ('volume_id', samples.PARENT_ID),
            ('container', 'elsewhere'),
            ('service_metadata', 'x'),
            ('parent_id', samples.PARENT_ID),
            ('size', 4),
            ('object_count', 4),
            ('encryption_key_id', samples.PARENT_ID),
            ('snapshot_id', samples.PARENT_ID),
            ('created_at', '2026-01-01 00:00:00'),
            ('service', 'cinder.backup.drivers.nfs.NFSBackupDriver'),
        ):
            [before] = self.rows('backups')
            self.execute(f'UPDATE backups SET {column} = ?', value)  # noqa: S608
            [item] = self.assertUnchanged(['backup_exists'], [string])
            self.assertIn(f': {column} differs', item['detail'])
            self.execute(
                f'UPDATE backups SET {column} = ?',  # noqa: S608
                before[column],
            )
        self.assertUnchanged(['unchanged'], [string])

    def test_differences_are_all_named(self):
        self.import_([base.string(1)])
        [item] = self.assertUnchanged(
            ['backup_exists'], [base.string(1, size=9, object_count=9)]
        )
        self.assertIn(
            'Backup already exists in database. Its id is '
            f'{base.backup_id(1)} and its status is available',
            item['detail'],
        )
        self.assertIn(': size and object_count differ', item['detail'])

    def test_a_backup_that_is_not_whole(self):
        self.import_([base.string(1)])
        self.execute("UPDATE backups SET status = 'error'")
        [item] = self.assertUnchanged(['backup_exists'], [base.string(1)])
        self.assertIn('its status is error', item['detail'])

    def test_a_deleted_one_comes_back(self):
        key = samples.PARENT_ID
        self.import_(
            [base.string(1, encryption_key_id=key, metadata={'old': '1'})],
            allow_missing_key=True,
        )
        self._delete()
        self.assertResults(
            ['created'], [base.string(1, metadata={'new': '2'})]
        )
        row = self.row(1)
        self.assertEqual(
            (0, None, 'available', None),
            (
                row['deleted'],
                row['deleted_at'],
                row['status'],
                row['encryption_key_id'],
            ),
        )
        self.assertEqual(
            [('new', '2')],
            [
                (item['key'], item['value'])
                for item in self.rows('backup_metadata')
            ],
        )

    def test_a_deleted_one_comes_back_with_its_children(self):
        self.import_([base.string(1), base.string(2, parent=1)])
        self._delete('WHERE parent_id IS NULL')
        self.assertResults(
            ['created', 'unchanged', 'created'],
            [
                base.string(1),
                base.string(2, parent=1),
                base.string(3, parent=1),
            ],
        )
        self.assertEqual({1: 2, 2: 0, 3: 0}, self.children())

    def _delete(self, where=''):
        self.execute(
            "UPDATE backups SET deleted = 1, status = 'deleted', "
            f"deleted_at = '2026-01-05 00:00:00' {where}"
        )


class TestChecks(base.PageTestCase):
    def test_service(self):
        items = self.assertResults(
            ['created', 'service_mismatch', 'service_mismatch', 'created'],
            [
                base.string(1),
                base.string(2, service='cinder.backup.drivers.nfs'),
                base.string(3, service=None),
                base.string(4, service=samples.POSIX.rpartition('.')[0]),
            ],
        )
        self.assertIn('host-1 has', items[1]['detail'])
        self.assertIn('(none)', items[2]['detail'])
        self.assertEqual(samples.POSIX, self.row(4)['service'])

    def test_location(self):
        repository = base.Repository(
            location_faults={base.backup_id(1): refused()}
        )
        self.assertResults(
            ['data_missing', 'created'],
            [base.string(1), base.string(2)],
            repository=repository,
        )
        # What points elsewhere is not looked for.
        self.assertEqual([[base.backup_id(2)]], repository.asked)

    def test_data_is_looked_for_at_once(self):
        repository = base.Repository({base.backup_id(2): refused('gone')})
        items = self.assertResults(
            ['created', 'data_missing', 'created'],
            [base.string(number) for number in (1, 2, 3)],
            repository=repository,
        )
        self.assertEqual('gone', items[1]['detail'])
        self.assertEqual(1, len(repository.asked))

    def test_spellings_of_a_container(self):
        repository = base.Repository()
        repository.normal_container = naming.normal_path
        strings = [
            base.string(1, container=spelling)
            for spelling in ('./a//b/', 'a/b', 'a/./b', 'c')
        ]
        self.assertResults(['created'], strings[:1], repository=repository)
        self.assertEqual('a/b', self.rows('backups')[0]['container'])
        for string in strings[:3]:
            self.assertResults(['unchanged'], [string], repository=repository)
        [item] = self.assertResults(
            ['backup_exists'], strings[3:], repository=repository
        )
        self.assertIn('container differs', item['detail'])

    def test_row_with_a_container_as_its_user_spelt_it(self):
        # That of a repository in which a slash may mean anything.
        [spelt, other] = [
            base.string(1, container=container) for container in ('./a', 'a')
        ]
        self.assertResults(['created'], [spelt])
        self.assertResults(['unchanged'], [other])

    def test_data_is_looked_for_where_its_owner_has_it(self):
        class Curious(base.Repository):
            def find_faults(self, records):
                self.asked += [record.project_id for record in records]
                return {}

        for options, project_id in (
            ({}, 'project-1'),
            ({'owner': 'record'}, 'project-9'),
            ({'owner': 'record', 'projects': {'project-9': 'p-2'}}, 'p-2'),
        ):
            repository = Curious()
            self.import_(
                [base.string(1)],
                repository=repository,
                dry_run=True,
                **options,
            )
            self.assertEqual([project_id], repository.asked)

    def test_data_that_nobody_asks_for(self):
        repository = base.Repository({base.backup_id(1): refused()})
        self.assertResults(
            ['created'],
            [base.string(1)],
            repository=repository,
            verify='none',
        )

    def test_data_that_must_be_looked_for(self):
        repository = base.Repository({base.backup_id(1): refused()})
        repository.must_look = lambda record: record.container == 'folder-1'
        self.assertResults(
            ['data_missing', 'created'],
            [base.string(1), base.string(2)],
            repository=repository,
            verify='none',
        )
        self.assertEqual([[base.backup_id(1)]], repository.asked)

    def test_a_host_that_can_not_look(self):
        class Blind(base.Repository):
            lookup = None

        repository = Blind({base.backup_id(1): refused()})
        repository.must_look = lambda record: record.container == 'folder-2'
        self.assertResults(
            ['created', 'data_unreadable'],
            [base.string(1), base.string(2)],
            repository=repository,
        )
        self.assertEqual([], repository.asked)

    def test_driver_that_wants_to_know(self):
        class Curious(base.Driver):
            def __init__(self):
                self.seen = []

            def import_record(self, backup, driver_info):
                self.seen.append((backup.id, backup.project_id, driver_info))
                if driver_info:
                    raise ValueError('no such pool')

        driver = Curious()
        items = self.assertResults(
            ['created', 'driver_refused'],
            [base.string(1), base.string(2, driver_info={'a': 1})],
            driver=driver,
        )
        self.assertIn('no such pool', items[1]['detail'])
        self.assertEqual(
            [
                (base.backup_id(1), 'project-1', {}),
                (base.backup_id(2), 'project-1', {'a': 1}),
            ],
            driver.seen,
        )


class TestOwner(base.PageTestCase):
    def _owners(self):
        return [
            (row['user_id'], row['project_id']) for row in self.rows('backups')
        ]

    def test_importer(self):
        self.assertResults(['created'], [base.string(1)])
        self.assertEqual([('user-1', 'project-1')], self._owners())

    def test_record(self):
        self.assertResults(['created'], [base.string(1)], owner='record')
        self.assertEqual([('user-9', 'project-9')], self._owners())
        self.assertEqual({'project-9': (1, 3)}, self.usages())

    def test_maps(self):
        items = self.assertResults(
            ['created', 'created'],
            [base.string(1), base.string(2, user_id='u', project_id='p')],
            owner='record',
            projects={'project-9': 'new'},
            users={'u': 'v'},
        )
        self.assertEqual([('user-9', 'new'), ('v', 'p')], self._owners())
        self.assertEqual(['new', 'p'], [i['project_id'] for i in items])

    def test_unknown(self):
        self.assertResults(
            ['owner_unknown', 'created', 'owner_unknown'],
            [
                base.string(1, project_id=None),
                base.string(2),
                base.string(3, user_id=''),
            ],
            owner='record',
        )

    def test_importer_without_rights_in_the_database(self):
        context = copy.deepcopy(self.context)
        context.is_admin = False
        context.roles = []
        self.assertResults(
            ['created', 'created'],
            [base.string(1), base.string(2)],
            owner='record',
            context=context,
        )

    def test_importer_without_a_project(self):
        self.context.project_id = None
        for number in (1, 2):
            self.assertResults(['created'], [base.string(number)])
        self.assertUnchanged(['unchanged'], [base.string(1)])
        self.assertEqual({None: (2, 6)}, self.usages())


class TestAllOrNothing(base.PageTestCase):
    def test_one_that_is_refused(self):
        self.import_([base.string(5)])
        items = self.assertUnchanged(
            [
                'page_refused',
                'unchanged',
                'parent_missing',
                'parent_refused',
                'page_refused',
                'page_refused',
            ],
            [
                base.string(1),
                base.string(5),
                base.string(2, parent=9),
                base.string(3, parent=2),
                base.string(4, parent=1),
                base.string(1),
            ],
            on_conflict='fail',
        )
        self.assertIn('another', items[0]['detail'])

    def test_one_that_can_not_be_read(self):
        self.assertUnchanged(
            ['page_refused', 'record_not_base64'],
            [base.string(1), '?'],
            on_conflict='fail',
        )

    def test_one_that_stands_twice(self):
        self.assertUnchanged(
            ['page_refused', 'duplicate_record'],
            [base.string(1), base.string(1, size=5)],
            on_conflict='fail',
        )

    def test_none_that_is_refused(self):
        self.assertResults(
            ['created', 'unchanged', 'created'],
            [base.string(1), base.string(1), base.string(2)],
            on_conflict='fail',
        )


class TestAfterwards(base.PageTestCase):
    def test_is_told_what_was_created(self):
        told = []

        def tell(ids):
            told.append((ids, self.numbers()))

        self.import_([base.string(1)])
        strings = [base.string(1), base.string(2), base.string(2), '?']
        for options in ({'dry_run': True}, {'on_conflict': 'fail'}, {}, {}):
            self.import_(strings, on_created=tell, **options)
        # Once, and the backup is there by then.
        self.assertEqual([([base.backup_id(2)], [1, 2])], told)
