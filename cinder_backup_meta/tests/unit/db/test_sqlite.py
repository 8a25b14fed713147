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

"""Files of SQLite, and oslo.db made fit for several writers of one."""

import os
import threading

import fixtures
from oslo_db.sqlalchemy import engines
import sqlalchemy as sa
from sqlalchemy import exc as sa_exception
from sqlalchemy import orm
import testtools

from cinder_backup_meta.db import sqlite
from cinder_backup_meta.tests.unit import base

METADATA = sa.MetaData()
COUNTS = sa.Table('counts', METADATA, sa.Column('number', sa.Integer))
SELECT = sa.select(COUNTS.c.number)


class SqliteTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.engine = self._engine()
        sqlite.tune(self.engine)
        sqlite.tune(self.engine)
        sqlite.use_write_ahead_log(self.engine)
        METADATA.create_all(self.engine)
        self._execute(COUNTS.insert().values(number=0))

    def _engine(self):
        path = os.path.join(self.folder, 'test.sqlite')
        return engines.create_engine(f'sqlite:///{path}')

    def _execute(self, statement):
        with self.engine.begin() as connection:
            connection.execute(statement)

    def _number(self):
        with self.engine.connect() as connection:
            return connection.execute(SELECT).scalar()


class TestTuned(SqliteTestCase):
    def test_settings(self):
        with self.engine.connect() as connection:
            for pragma, value in (
                ('journal_mode', 'wal'),
                ('synchronous', 1),
                ('busy_timeout', sqlite.BUSY_SECONDS * 1000),
            ):
                self.assertEqual(
                    value,
                    connection.exec_driver_sql(f'PRAGMA {pragma}').scalar(),
                )

    def test_commit(self):
        self._execute(COUNTS.update().values(number=1))
        self.assertEqual(1, self._number())

    def test_rollback(self):
        with orm.Session(self.engine) as session:
            session.execute(COUNTS.update().values(number=1))
            self.assertEqual(1, session.execute(SELECT).scalar())
            session.rollback()
            self.assertEqual(0, session.execute(SELECT).scalar())
        self.assertEqual(0, self._number())

    def test_rollback_by_an_exception(self):
        def fail():
            with self.engine.begin() as connection:
                connection.execute(COUNTS.update().values(number=1))
                connection.execute(COUNTS.insert().values(number=2))
                raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, fail)
        self.assertEqual(0, self._number())
        self._execute(COUNTS.update().values(number=3))
        self.assertEqual(3, self._number())

    def test_rollback_of_a_later_transaction_of_one_connection(self):
        with self.engine.connect() as connection:
            for number in (1, 2):
                with connection.begin():
                    connection.execute(COUNTS.update().values(number=number))
            transaction = connection.begin()
            connection.execute(COUNTS.update().values(number=3))
            transaction.rollback()
        self.assertEqual(2, self._number())

    def test_savepoint(self):
        with self.engine.begin() as connection:
            connection.execute(COUNTS.update().values(number=1))
            nested = connection.begin_nested()
            connection.execute(COUNTS.update().values(number=2))
            nested.rollback()
        self.assertEqual(1, self._number())

    def test_writing_after_another_has_written(self):
        # What a deferred transaction cannot do, busy timeout or not.
        with self.engine.begin() as connection:
            connection.execute(SELECT)
            self._execute(COUNTS.update().values(number=5))
            connection.execute(
                COUNTS.update().values(number=COUNTS.c.number + 1)
            )
        self.assertEqual(6, self._number())

    def test_oslo_db_alone_can_not(self):
        # If this one fails, all of the module may have become needless.
        engine = self._engine()
        with engine.connect() as connection, connection.begin():
            connection.execute(SELECT)
            self._execute(COUNTS.update().values(number=5))
            error = self.assertRaises(
                sa.exc.OperationalError,
                connection.execute,
                COUNTS.update().values(number=6),
            )
        self.assertIn('database is locked', str(error))

    def test_reading_takes_no_lock(self):
        with self.engine.connect() as connection:
            connection.execute(SELECT)
            self.assertFalse(connection.connection.in_transaction)
            self._execute(COUNTS.update().values(number=1))

    def _count_up(self, lock_rows):
        select = SELECT.with_for_update() if lock_rows else SELECT
        # By the ORM, as Cinder's quotas do.
        for _ in range(25):
            with orm.Session(self.engine) as session, session.begin():
                number = session.execute(select).scalar()
                session.execute(COUNTS.update().values(number=number + 1))

    def test_select_for_update(self):
        threads = [
            threading.Thread(target=self._count_up, args=(True,))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(200, self._number())

    def test_which_statements_write(self):
        for statement in (
            'INSERT INTO a VALUES (1)',
            ' update a SET b = 1',
            'SAVEPOINT a',
            'CREATE TABLE a (b)',
            'WITH c AS (SELECT 1) DELETE FROM a',
        ):
            self.assertTrue(sqlite.writes(statement), statement)
        for statement in (
            'SELECT 1',
            '\n select 1',
            'PRAGMA user_version',
            'EXPLAIN SELECT 1',
            'WITH c AS (SELECT 1) SELECT * FROM c',
        ):
            self.assertFalse(sqlite.writes(statement), statement)


class TestSQLite(base.TestCase):
    def test_is_missing(self):
        folder = self.useFixture(fixtures.TempDir()).path
        path = os.path.join(folder, 'file')
        open(path, 'w').close()
        for url, missing in (
            (f'sqlite:///{path}', False),
            (f'sqlite:///{path}2', True),
            (f'sqlite:///{path}/below/a/file', True),
            (f'sqlite+pysqlite:///{folder}/folder/file?timeout=1', True),
            ('sqlite://', False),
            ('mysql+pymysql://server/database', False),
        ):
            self.assertEqual(missing, sqlite.is_missing(url), url)

    def test_what_can_not_be_seen_is_not_missing(self):
        self.useFixture(
            fixtures.MockPatch('os.stat', side_effect=PermissionError)
        )
        self.assertFalse(sqlite.is_missing('sqlite:////file'))

    def test_no_url(self):
        self.assertRaises(
            sa_exception.ArgumentError, sqlite.is_missing, 'nothing'
        )
