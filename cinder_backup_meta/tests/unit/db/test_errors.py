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

"""What errors of databases mean."""

from oslo_db import exception as db_exception
from sqlalchemy import exc as sa_exception
import testtools

from cinder_backup_meta.db import errors


class TestBusy(testtools.TestCase):
    SETTING = 'check the setting'

    def _operational(self, *args):
        return sa_exception.OperationalError('', {}, Exception(*args))

    def test_passing_states(self):
        for error in (
            db_exception.DBDeadlock(),
            db_exception.RetryRequest(self._operational('')),
            sa_exception.TimeoutError('QueuePool limit of size 5 reached'),
            *(
                db_exception.DBError(self._operational(*args))
                for args in (
                    ('database is locked',),
                    ('database table is locked: backups',),
                    (1205, 'Lock wait timeout exceeded; try restarting'),
                    (1040, 'Too many connections'),
                    ('FATAL:  sorry, too many clients already',),
                    ('FATAL:  the database system is starting up',),
                    ('FATAL:  remaining connection slots are reserved',),
                )
            ),
        ):
            self.assertTrue(errors.is_busy(error), repr(error))
            said = errors.remedy(error, self.SETTING)
            self.assertIn('try again', said)
            self.assertNotIn(self.SETTING, said)

    def test_settings(self):
        for args in (
            ('unable to open database file',),
            (1045, "Access denied for user 'cinder'"),
            (1049, "Unknown database 'cinder'"),
            (2003, "Can't connect to MySQL server on '127.0.0.1'"),
            ('FATAL:  database "cinder" does not exist',),
        ):
            error = db_exception.DBError(self._operational(*args))
            self.assertFalse(errors.is_busy(error), repr(error))
            self.assertIn(self.SETTING, errors.remedy(error, self.SETTING))


class TestRemedies(testtools.TestCase):
    """What is wrong with a server is not told as a wrong setting."""

    def _error(self, *args):
        return db_exception.DBError(
            sa_exception.OperationalError(
                "INSERT ... 'the disk is full, Unknown database'",
                {},
                Exception(*args),
            )
        )

    def test_full_disk(self):
        for args in (
            ('database or disk is full',),
            (1114, "The table 'backup_records' is full"),
            ('could not extend file "base/1/2": No space left on device',),
        ):
            self.assertIn(
                'make room', errors.remedy(self._error(*args), 'check it')
            )

    def test_read_only(self):
        for args in (
            ('attempt to write a readonly database',),
            (1290, 'running with the --read-only option'),
            ('cannot execute INSERT in a read-only transaction',),
        ):
            self.assertIn(
                'who may write', errors.remedy(self._error(*args), 'check it')
            )

    def test_database_that_is_not_there(self):
        for args in (
            (1049, "Unknown database 'cinder'"),
            (1046, 'No database selected'),
            ('FATAL:  database "cinder" does not exist',),
        ):
            error = self._error(*args)
            self.assertEqual(errors.NO_DATABASE, errors.in_short(error))
            self.assertIn('create it', errors.remedy(error, 'check it'))

    def test_values_of_a_statement_do_not_matter(self):
        error = self._error('unable to open database file')
        self.assertEqual('check it', errors.remedy(error, 'check it'))
        self.assertEqual(
            'unable to open database file', errors.in_short(error)
        )


class TestOfValue(testtools.TestCase):
    def test_of_values(self):
        # The last two are as psycopg2's come, for a NUL, and pymysql's.
        for error in (
            db_exception.DBDataError(),
            db_exception.DBInvalidUnicodeParameter(),
            ValueError('a NUL'),
            db_exception.DBError(ValueError('a NUL')),
            db_exception.DBError(sa_exception.DataError('', {}, None)),
        ):
            self.assertTrue(errors.is_of_value(error), repr(error))

    def test_of_others(self):
        for error in (
            db_exception.DBError(),
            db_exception.DBDeadlock(),
            db_exception.DBConnectionError(),
            db_exception.DBDuplicateEntry(),
            db_exception.DBError(TypeError('no such type')),
            RuntimeError('something else'),
        ):
            self.assertFalse(errors.is_of_value(error), repr(error))
