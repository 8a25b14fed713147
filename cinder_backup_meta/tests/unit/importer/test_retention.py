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

"""Retaining what a page imports."""

from oslo_db import exception as db_exception

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta import exception
from cinder_backup_meta.importer import retention
from cinder_backup_meta.importer import store
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit.importer import base


class TestRetaining(base.PageTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())

    def _retained(self):
        return sorted(
            int(row['backup_id'][:8], 16)
            for row in self.catalog.execute('SELECT * FROM retained_backups')
        )

    def test_what_is_created_or_there(self):
        self.import_([base.string(1)])
        self.assertResults(
            ['unchanged', 'created', 'unchanged', 'record_not_base64'],
            [base.string(1), base.string(2), base.string(2), '?'],
            retain=True,
        )
        self.assertEqual([1, 2], self._retained())

    def test_not_wanted(self):
        self.import_([base.string(1)])
        self.assertEqual([], self._retained())

    def test_dry_run(self):
        self.import_([base.string(1)], retain=True, dry_run=True)
        self.assertEqual([], self._retained())

    def test_what_is_refused_is_released_if_it_was_not_retained(self):
        retained.retain(self.context, base.backup_id(2))
        self.assertResults(
            ['created', 'parent_missing', 'parent_missing', 'parent_refused'],
            [
                base.string(1),
                base.string(2, parent=9),
                base.string(3, parent=9),
                base.string(4, parent=3),
            ],
            retain=True,
        )
        self.assertEqual([1, 2], self._retained())

    def test_page_that_is_refused(self):
        self.assertResults(
            ['page_refused', 'parent_missing'],
            [base.string(1), base.string(2, parent=9)],
            retain=True,
            on_conflict='fail',
        )
        self.assertEqual([], self._retained())

    def test_it_is_before_they_are_there(self):
        seen = []
        add_many = retained.add_many

        def retain(context, backup_ids):
            new = add_many(context, backup_ids)
            seen.append((self._retained(), self.rows('backups')))
            return new

        self.patch(retained, 'add_many', retain)
        self.assertResults(['created'], [base.string(1)], retain=True)
        self.assertEqual([([1], [])], seen)

    def test_error_on_the_way(self):
        def fail(*args):
            raise KeyError

        self.patch(store, '_insert_rows', fail)
        self.assertRaises(
            KeyError, self.import_, [base.string(1)], retain=True
        )
        self.assertEqual([], self._retained())

    def test_attempt_that_is_repeated(self):
        # The transaction fails at its very end, and the next attempt finds
        # that another import has brought what has to be refused.
        set_, calls = retention.Flags.set, []

        def fail_once(flags, context, written):
            set_(flags, context, written)
            calls.append(self._retained())
            if len(calls) == 1:
                self.limit(backups=0)
                raise db_exception.DBDeadlock

        self.patch(retention.Flags, 'set', fail_once)
        self.assertResults(['quota_exceeded'], [base.string(1)], retain=True)
        self.assertEqual([1], calls[0])
        self.assertEqual([], self._retained())

    def test_tables_in_the_file_of_cinder(self):
        self.catalog.connect(f'sqlite:///{unit_base._file("cinder")}')
        migration.upgrade()
        self.assertResults(
            ['created', 'parent_missing'],
            [base.string(1), base.string(2, parent=9)],
            retain=True,
        )
        [row] = self.rows('retained_backups')
        self.assertEqual(base.backup_id(1), row['backup_id'])

    def test_another_that_releases_them_meanwhile(self):
        write = store._write

        def release_and_write(task):
            retained.release(self.context, base.backup_id(1))
            return write(task)

        self.patch(store, '_write', release_and_write)
        self.import_([base.string(1), base.string(2)], retain=True)
        self.assertEqual([1, 2], self._retained())

    def test_without_the_database(self):
        self.catalog.break_()
        before = self.tables()
        error = self.assertRaises(
            exception.Refused, self.import_, [base.string(1)], retain=True
        )
        self.assertEqual(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
        self.assertEqual(before, self.tables())

    def test_database_that_goes_meanwhile(self):
        write = store._write

        def write_and_break(task):
            self.catalog.break_()
            return write(task)

        self.patch(store, '_write', write_and_break)
        before = self.tables()
        error = self.assertRaises(
            exception.Refused, self.import_, [base.string(1)], retain=True
        )
        self.assertEqual(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
        self.assertEqual(before, self.tables())

    def test_many(self):
        strings = [base.string(number) for number in range(1000)]
        self.limit()
        self.import_(strings, retain=True)
        self.assertEqual(list(range(1000)), self._retained())
        [row] = self.catalog.execute(
            'SELECT DISTINCT user_id, project_id, request_id '
            'FROM retained_backups'
        )
        self.assertEqual(
            ('user-1', 'project-1', self.context.request_id),
            tuple(row.values()),
        )
