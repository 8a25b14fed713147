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

import contextlib
import os
import stat

import fixtures
from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database


class TestSession(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.catalog.execute('CREATE TABLE cbm_other (number INTEGER)')

    def _where(self):
        return session.get_engine().url.database

    def test_default_is_a_file_in_the_state_folder(self):
        folder = os.path.dirname(self.catalog.path)
        self.config.config(state_path=folder)
        self.config.conf.clear_override(
            'connection', group='backup_meta_catalog'
        )
        session.forget()
        self.assertEqual(
            os.path.join(folder, 'cinder_backup_meta.sqlite'), self._where()
        )

    def test_options_are_read_at_the_first_use(self):
        before = self._where()
        elsewhere = f'{self.catalog.path}.other'
        self.config.config(
            group='backup_meta_catalog', connection=f'sqlite:///{elsewhere}'
        )
        self.assertEqual(before, self._where())
        session.forget()
        self.assertEqual(elsewhere, self._where())

    def test_replica_of_cinder_is_not_ours(self):
        session.forget()
        self.config.config(
            group='database', slave_connection='sqlite:////nonexistent/replica'
        )
        # Older releases of oslo.db are without.
        with contextlib.suppress(cfg.NoSuchOptError):
            self.config.config(group='database', synchronous_reader=False)
        with session.reader(self.context) as reading:
            self.assertEqual(self.catalog.path, reading.bind.url.database)

    def test_transaction_of_the_same_context_with_another_database(self):
        with models.main_context_manager.writer.using(self.context) as outer:
            with session.writer(self.context) as inner:
                self.assertIsNot(outer, inner)
                self.assertIs(inner, self.context.session)
            self.assertIs(outer, self.context.session)

    def test_writes_after_another_process_has_written(self):
        with session.writer(self.context) as writing:
            writing.execute(sa.text('SELECT * FROM cbm_other')).all()
            self.catalog.execute('INSERT INTO cbm_other VALUES (1)')
            writing.execute(sa.text('INSERT INTO cbm_other VALUES (2)'))
        self.assertEqual(
            2, len(self.catalog.execute('SELECT * FROM cbm_other'))
        )

    def test_file_is_all_there_is(self):
        # Whoever moves or copies it takes the flags of retained backups along.
        with session.writer(self.context) as writing:
            writing.execute(sa.text('INSERT INTO cbm_other VALUES (2)'))
            names = os.listdir(os.path.dirname(self.catalog.path))
        self.assertNotIn(f'{os.path.basename(self.catalog.path)}-wal', names)

    def test_file_is_private(self):
        os.unlink(self.catalog.path)
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        migration.upgrade()
        mode = stat.S_IMODE(os.stat(self.catalog.path).st_mode)
        self.assertEqual('0o600', oct(mode))

    def test_file_is_not_made_by_its_use(self):
        os.unlink(self.catalog.path)
        for forget in (lambda: None, session.forget):
            forget()
            error = self.assertRaises(exception.Refused, self._select)
            self.assertIn('unable to open', str(error))
            self.assertFalse(os.path.exists(self.catalog.path))

    def test_database_in_memory_makes_no_file(self):
        folder = self.useFixture(fixtures.TempDir()).path
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)
        for url in ('sqlite://', 'sqlite:///:memory:'):
            self.catalog.connect(url)
            self._select()
        self.assertEqual([], os.listdir(folder))

    def test_missing(self):
        self.assertFalse(session.is_missing())
        os.unlink(self.catalog.path)
        self.assertTrue(session.is_missing())

    def test_errors_tell_what_to_do_and_no_password(self):
        for url, text in (
            # Nobody listens there, or there is no driver for it: both will do.
            ('mysql+pymysql://u:secret@127.0.0.1:1/x', ''),
            ('sqlite:////nonexistent/folder/file', 'unable to open'),
            ('no URL', 'Could not parse'),
            ('nothing://u:secret@x/y', "Can't load plugin"),
        ):
            self.catalog.connect(url)
            error = self.assertRaises(exception.Refused, self._select)
            self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
            self.assertIn(text, str(error))
            self.assertIn('[backup_meta_catalog] connection', str(error))
            self.assertIn('cinder-backup-meta-manage db sync', str(error))
            self.assertNotIn('secret', str(error))
            self.assertNotIn('\n', str(error))

    def _select(self):
        with session.errors_refused(), session.get_engine().connect():
            pass

    def test_comes_back(self):
        os.rename(self.catalog.path, self.catalog.path + '.away')
        os.mkdir(self.catalog.path)
        session.forget()
        self.assertRaises(exception.Refused, self._select)
        os.rmdir(self.catalog.path)
        os.rename(self.catalog.path + '.away', self.catalog.path)
        self._select()
