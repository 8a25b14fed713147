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

"""Records with a value that the database does not take."""

import sqlite3

import fixtures
from oslo_db.sqlalchemy import engines
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit.importer import base

# Bytes that SQLite is told to take for one row. Those of the tests have less
# than half of it, but for the bad ones.
MOST = 1000
BAD = {
    'display_description': 'x' * 255,
    'display_name': 'y' * 255,
    'container': 'z' * 255,
}


class UnstorableTestCase(base.PageTestCase):
    def setUp(self):
        super().setUp()
        engine = engines.create_engine(
            f'sqlite:///{unit_base._file("cinder")}'
        )

        @sa.event.listens_for(engine, 'before_cursor_execute')
        def limit(connection, cursor, statement, *args):
            is_insert = statement.startswith('INSERT INTO backups ')
            cursor.connection.setlimit(
                sqlite3.SQLITE_LIMIT_LENGTH, MOST if is_insert else 10**9
            )

        self.addCleanup(models.main_context_manager.patch_engine(engine))


class TestUnstorable(UnstorableTestCase):
    def test_one_in_the_middle(self):
        strings = [base.string(number) for number in range(1, 10)]
        strings[4] = base.string(5, **BAD)
        items = self.assertResults(
            ['created'] * 4 + ['database_refused'] + ['created'] * 4, strings
        )
        self.assertIn('log of cinder-backup', items[4]['detail'])
        self.assertEqual({'project-1': (8, 24)}, self.usages())

    def test_some_of_a_chain(self):
        self.assertResults(
            [
                'created',
                'database_refused',
                'parent_refused',
                'database_refused',
                'created',
            ],
            [
                base.string(1),
                base.string(2, parent=1, **BAD),
                base.string(3, parent=2),
                base.string(4, **BAD),
                base.string(5, parent=1),
            ],
        )
        self.assertEqual({1: 1, 5: 0}, self.children())

    def test_all(self):
        self.assertUnchanged(
            ['database_refused'] * 3,
            [base.string(number, **BAD) for number in (1, 2, 3)],
        )

    def test_one_that_is_to_come_back(self):
        self.import_([base.string(1), base.string(2)])
        self.execute('UPDATE backups SET deleted = 1')
        self.execute('UPDATE quota_usages SET in_use = 0')
        self.assertResults(
            ['database_refused', 'created'],
            [base.string(1, **BAD), base.string(2)],
        )
        self.assertEqual([2], self.numbers())
        self.assertEqual(1, self.row(1)['deleted'])

    def test_all_or_nothing(self):
        self.assertUnchanged(
            ['page_refused', 'database_refused'],
            [base.string(1), base.string(2, **BAD)],
            on_conflict='fail',
        )

    def test_dry_run(self):
        strings = [base.string(1), base.string(2, **BAD)]
        expected = ['created', 'database_refused']
        self.assertUnchanged(expected, strings, dry_run=True)
        self.assertResults(expected, strings)

    def test_values_are_not_logged(self):
        logger = self.useFixture(fixtures.FakeLogger())
        self.import_([base.string(1, **BAD)])
        self.assertIn(base.backup_id(1), logger.output)
        self.assertNotIn('xxx', logger.output)
