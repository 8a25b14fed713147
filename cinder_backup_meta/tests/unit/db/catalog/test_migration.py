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

import os

from alembic import autogenerate
from alembic import command
from alembic.runtime import migration as runtime

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

FIRST = 'e62eb5f262ec'


class TestMigration(base.TestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=False)
        )

    def test_migrations_make_what_the_models_say(self):
        migration.upgrade()
        with session.get_engine().connect() as connection:
            context = runtime.MigrationContext.configure(
                connection,
                opts={
                    'version_table': migration.VERSION_TABLE,
                    'compare_type': True,
                    'compare_server_default': True,
                },
            )
            differences = autogenerate.compare_metadata(
                context, models.Base.metadata
            )
        self.assertEqual([], differences)

    def test_comparison_sees_a_difference(self):
        migration.upgrade()
        self.catalog.execute('ALTER TABLE retained_backups ADD surplus INT')
        with session.get_engine().connect() as connection:
            context = runtime.MigrationContext.configure(
                connection, opts={'version_table': migration.VERSION_TABLE}
            )
            differences = autogenerate.compare_metadata(
                context, models.Base.metadata
            )
        self.assertEqual('remove_column', differences[0][0])

    def test_version_before_and_after(self):
        self.assertIsNone(migration.version())
        self.assertFalse(migration.has_run())
        self.assertFalse(migration.is_up_to_date())
        migration.upgrade()
        self.assertEqual(migration.head(), migration.version())
        self.assertTrue(migration.has_run())
        self.assertTrue(migration.is_up_to_date())

    def test_asking_creates_no_file(self):
        migration.version()
        migration.has_run()
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_again_keeps_what_is_there(self):
        migration.upgrade()
        self.catalog.execute(
            "INSERT INTO retained_backups (backup_id, created_at) "
            "VALUES ('b', '2026-01-01')"
        )
        migration.upgrade()
        rows = self.catalog.execute('SELECT * FROM retained_backups')
        self.assertEqual(['b'], [row['backup_id'] for row in rows])

    def test_tables_of_the_first_release(self):
        made = migration._config()
        session.create_file()
        with session.get_engine().begin() as connection:
            made.attributes['connection'] = connection
            command.upgrade(made, FIRST)
        self.assertEqual(FIRST, migration.version())
        self.catalog.execute(
            "INSERT INTO retained_backups (backup_id, created_at) "
            "VALUES ('b', '2026-01-01')"
        )
        error = self.assertRaises(exception.Refused, migration.want_records)
        self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
        migration.upgrade()
        migration.want_records()
        rows = self.catalog.execute('SELECT * FROM retained_backups')
        self.assertEqual(['b'], [row['backup_id'] for row in rows])

    def test_tables_of_a_newer_release_are_left(self):
        migration.upgrade()
        self.catalog.execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = 'future'"
        )
        error = self.assertRaises(exception.Refused, migration.upgrade)
        self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
        self.assertIn('version future', str(error))
        self.assertFalse(migration.is_up_to_date())

    def test_one_database_for_cinder_too(self):
        # Cinder's migrations keep their version in a table of their own.
        self.catalog.execute('CREATE TABLE alembic_version (version_num TEXT)')
        self.catalog.execute("INSERT INTO alembic_version VALUES ('cinder')")
        migration.upgrade()
        self.assertEqual(migration.head(), migration.version())
        self.assertEqual(
            [{'version_num': 'cinder'}],
            self.catalog.execute('SELECT * FROM alembic_version'),
        )

    def test_no_database(self):
        self.catalog.break_()
        for function in (
            migration.upgrade,
            migration.version,
            migration.has_run,
        ):
            error = self.assertRaises(exception.Refused, function)
            self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
            self.assertIn('file is not a database', str(error))
