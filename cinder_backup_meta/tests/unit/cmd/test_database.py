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

"""Cinder's database, as the commands use it beside running services."""

import contextlib
import sqlite3

from oslo_db import exception as db_exception
import sqlalchemy as sa

from cinder_backup_meta.cmd import database
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import sqlite
from cinder_backup_meta.tests.unit import base

_COUNT = sa.text('SELECT count(*) FROM quota_classes')
_ADD = "INSERT INTO quota_classes (deleted, class_name) VALUES (0, 'one')"


class TestDatabase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.path = base._file('cinder')
        self.config.config(
            group='database', connection=f'sqlite:///{self.path}'
        )

    def _write_elsewhere(self):
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute(_ADD)
            connection.commit()

    def test_writes_after_a_service_has_written(self):
        writer = models.main_context_manager.writer
        with database.database() as context, writer.using(context) as session:
            before = session.execute(_COUNT).scalar()
            self._write_elsewhere()
            session.execute(sa.text(_ADD))
            self.assertEqual(before + 2, session.execute(_COUNT).scalar())

    def test_waits_as_long_as_the_services(self):
        reader = models.main_context_manager.reader
        with database.database() as context, reader.using(context) as session:
            self.assertEqual(
                sqlite.BUSY_SECONDS * 1000,
                session.execute(sa.text('PRAGMA busy_timeout')).scalar(),
            )

    def _fail(self, text):
        with database.database():
            raise db_exception.DBError(sqlite3.OperationalError(text))

    def test_what_passes_is_not_called_a_wrong_setting(self):
        error = self.assertRaises(
            database.CinderDatabaseUnavailable,
            self._fail,
            'database is locked',
        )
        self.assertIn('database is locked', str(error))
        self.assertIn('try again', str(error))
        self.assertNotIn('[database] connection', str(error))
