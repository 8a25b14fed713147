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

import json
import os

from sqlalchemy import event

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.cmd.manage import test_command
from cinder_backup_meta.tests.unit import rows


class CatalogTestCase(test_command.ManageTestCase):
    def setUp(self):
        super().setUp()
        migration.upgrade()
        self.config.config(backup_driver=samples.POSIX)

    def insert(self, *numbers):
        rows.insert(self.context, *map(rows.backup, numbers))

    def states(self):
        found = self.catalog.execute('SELECT state FROM backup_records')
        return [row['state'] for row in found]


class TestWhoseErrorItIs(CatalogTestCase):
    """An error of the catalog is not told as one of Cinder's database."""

    def fill_disk(self):
        """Let the catalog's file grow no more."""
        engine = session.get_engine()
        with engine.connect() as connection:
            pages = connection.exec_driver_sql('PRAGMA page_count').scalar()

        def limit(connection, _record):
            connection.execute(f'PRAGMA max_page_count = {pages}')

        event.listen(engine, 'connect', limit)
        engine.dispose()

    def assert_own(self, error):
        self.assertIn("the plugin's own database cannot be used", error)
        self.assertNotIn("Cinder's database", error)

    def test_full_disk(self):
        self.insert(*range(300))
        self.fill_disk()
        error = self.fail('catalog', 'sync')
        self.assert_own(error)
        self.assertIn('disk is full', error)
        self.assertIn('make room', error)

    def test_lost_table(self):
        self.catalog.execute('DROP TABLE capture_marks')
        self.assert_own(self.fail('catalog', 'sync'))

    def test_error_of_cinder(self):
        self.insert(1)
        rows.execute(self.context, 'DROP TABLE backup_metadata')
        error = self.fail('catalog', 'sync')
        self.assertIn("Cinder's database cannot be used", error)


class TestStatus(CatalogTestCase):
    def _status(self):
        output, _error = self.manage('catalog', 'status', '--format', 'json')
        return json.loads(output)

    def test_json(self):
        self.insert(1, 2)
        found = self._status()
        self.assertLess(0, found.pop('oldest_behind_seconds'))
        empty = {
            'behind': 2,
            'current': 0,
            'missing': 0,
            'deleted': 0,
            'last_capture_at': None,
            'last_comparison_at': None,
        }
        self.assertEqual(empty, found)
        self.manage('catalog', 'sync')
        found = self._status()
        for name in ('last_capture_at', 'last_comparison_at'):
            self.assertRegex(
                found.pop(name), r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$'
            )
        self.assertEqual(
            {
                'behind': 0,
                'oldest_behind_seconds': None,
                'current': 2,
                'missing': 0,
                'deleted': 0,
            },
            found,
        )

    def test_table(self):
        self.insert(1, 2)
        output, _error = self.manage('catalog', 'status')
        lines = dict(line.split(maxsplit=1) for line in output.splitlines())
        self.assertEqual('2', lines['behind'])
        self.assertEqual('-', lines['last_capture_at'])

    def test_changes_nothing(self):
        self.insert(1)
        self._status()
        self.assertEqual([], self.states())


class TestSync(CatalogTestCase):
    def _sync(self, *arguments):
        output, _error = self.manage('catalog', 'sync', *arguments)
        return int(output.rstrip('.\n').rpartition(' ')[2])

    def test_changes_only_or_everything(self):
        self.insert(1, 2)
        self.assertEqual(2, self._sync())
        self.assertEqual(['current', 'current'], self.states())
        self.empty_database()
        self.assertEqual(0, self._sync())
        self.assertEqual(2, self._sync('--full'))
        self.assertEqual(['missing', 'missing'], self.states())

    def test_driver_that_adds_something(self):
        self.config.config(backup_driver=f'{__name__}.Driver')
        rows.insert(self.context, rows.backup(1, service=f'{__name__}.Driver'))
        self.assertEqual(1, self._sync())


class Driver:
    """A backup driver."""

    def __init__(self, context):
        pass

    def check_for_setup_error(self):
        pass

    def export_record(self, backup):
        return {'id': backup.id}


class TestUnavailable(CatalogTestCase):
    def _assert_fails(self, *texts):
        for action in ('status', 'sync'):
            error = self.fail('catalog', action)
            for text in texts:
                self.assertIn(text, error)

    def test_no_tables(self):
        os.unlink(self.catalog.path)
        self._assert_fails('run cinder-backup-meta-manage db sync')
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_broken(self):
        self.catalog.break_()
        self._assert_fails(
            'file is not a database', '[backup_meta_catalog] connection'
        )

    def test_cinders_database(self):
        self.config.config(
            group='database', connection='sqlite:////nonexistent/file'
        )
        self._assert_fails('check [database] connection')
