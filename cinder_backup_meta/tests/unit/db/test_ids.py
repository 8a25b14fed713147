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

import sqlite3

from cinder import objects as cinder_objects
import sqlalchemy as sa

from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import models as catalog_models
from cinder_backup_meta.db.catalog import selection as entry_selection
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.exporter import pages
from cinder_backup_meta import objects
from cinder_backup_meta.record import ids
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit import rows

LOWER = 'abcdefab-0000-4000-8000-00000000000a'
UPPER = LOWER.upper()


def ignore_case(path, table, **columns):
    """Let SQLite compare columns as MariaDB does by default.

    :param columns: their lengths, by name

    It stands in for a server, which only the full stack tests have.
    """
    with sqlite3.connect(path) as connection:
        [version] = connection.execute('PRAGMA schema_version').fetchone()
        connection.execute('PRAGMA writable_schema = 1')
        for column, length in columns.items():
            plain = f'{column} VARCHAR({length})'
            changed = connection.execute(
                'UPDATE sqlite_master SET sql = replace(sql, ?, ?) '
                'WHERE name = ? AND instr(sql, ?)',
                (plain, f'{plain} COLLATE NOCASE', table, plain),
            )
            assert changed.rowcount == 1, table
        connection.execute(f'PRAGMA schema_version = {version + 1}')


class TestSpelling(base.TestCase):
    def test_uuids_are_spelled_as_cinder_does(self):
        for text in (LOWER, UPPER, LOWER.replace('-', ''), f'{{{UPPER}}}'):
            self.assertEqual(LOWER, ids.canonical(text))

    def test_other_texts_stay_as_they_are(self):
        for text in ('', 'X', '0000-0000-0000-0000'):
            self.assertEqual(text, ids.canonical(text))

    def test_what_a_caller_selects_and_plans(self):
        selection = objects.BackupRecordSelection.with_defaults(
            self.context,
            backup_ids=[UPPER],
            volume_id=UPPER,
            parent_id=UPPER,
            project_id='X',
        )
        self.assertEqual([LOWER], selection.backup_ids)
        self.assertEqual(LOWER, selection.volume_id)
        self.assertEqual(LOWER, selection.parent_id)
        self.assertEqual('X', selection.project_id)
        options = objects.BackupRecordBatchOptions.with_defaults(
            self.context, planned=[UPPER]
        )
        self.assertEqual([LOWER], options.planned)


class TestDatabaseThatIgnoresCase(base.DatabaseTestCase):
    """Whoever asks for an id is answered by that id, not by another form."""

    def setUp(self):
        super().setUp()
        cinder_objects.register_all()
        models.get_engine().dispose()
        catalog = self.useFixture(catalog_database.CatalogDatabase())
        for path, table, columns in (
            (catalog.path, 'retained_backups', {'backup_id': 36}),
            (catalog.path, 'backup_records', {'id': 36}),
            (base._file('cinder'), 'backups', {'id': 36, 'display_name': 255}),
        ):
            ignore_case(path, table, **columns)
        session.forget()

    def test_retained(self):
        retained.retain(self.context, LOWER)
        self.assertTrue(retained.is_retained(self.context, UPPER))
        self.assertEqual(
            {UPPER}, retained.retained_among(self.context, [UPPER])
        )
        self.assertEqual(set(), retained.retain_many(self.context, [UPPER]))
        self.assertTrue(retained.release(self.context, UPPER))
        self.assertFalse(retained.is_retained(self.context, LOWER))

    def test_catalog(self):
        table = catalog_models.BackupRecord.__table__
        values = {
            'id': LOWER,
            'version': 1,
            'record': 'x',
            'digest': 'x',
            'revision': 1,
            'captured_at': rows.T0,
            'state': 'current',
            'state_changed_at': rows.T0,
            'volume_id': samples.VOLUME_ID,
            'created_at': rows.T0,
        }
        with session.writer(self.context) as writing:
            writing.execute(sa.insert(table), [values])
        with session.reader(self.context):
            self.assertEqual(
                [UPPER], list(entries.standing(self.context, [UPPER]))
            )
            self.assertEqual(
                [UPPER], list(entry_selection.whole(self.context, [UPPER]))
            )

    def test_backups(self):
        rows.insert(self.context, rows.backup(1, id=LOWER))
        with models.main_context_manager.reader.using(self.context):
            for read in (backups.get_states, backups.deletions):
                self.assertEqual([UPPER], list(read(self.context, [UPPER])))

    def test_export_does_not_omit_what_it_has(self):
        # As stock Cinder imports it from an edited record.
        rows.insert(self.context, rows.backup(1, id=UPPER))
        page = self._export(backup_ids=[LOWER])
        self.assertEqual([UPPER], [item['id'] for item in page.items])
        self.assertEqual([], page.omitted)

    def test_export_has_each_once(self):
        rows.insert(
            self.context,
            rows.backup(1, display_name='Nightly'),
            rows.backup(2, parent=1, display_name='NIGHTLY'),
        )
        first = self._export(limit=1, name='nightly')
        second = self._export(
            limit=1, marker=first.next_marker, name='nightly'
        )
        self.assertEqual(
            [rows.backup_id(1), rows.backup_id(2)],
            [item['id'] for item in (*first.items, *second.items)],
        )

    def _export(self, limit=10, marker=None, **selection):
        return pages.export_page(
            self.context,
            objects.BackupRecordSelection.with_defaults(
                self.context, **selection
            ),
            limit,
            marker,
            drivers.Instances(samples.POSIX),
        )
