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

"""The trace of the SQL, for counting."""

import json
import os
import threading

from cinder_backup_meta.tests.functional import sql_trace
from cinder_backup_meta.tests.unit.db import test_sqlite

COUNTS = test_sqlite.COUNTS
SELECT = test_sqlite.SELECT


class TestTrace(test_sqlite.SqliteTestCase):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.folder, 'trace')
        sql_trace.SqlTrace(self.path).listen(self.engine)

    def _events(self):
        with open(self.path) as stream:
            return [json.loads(line) for line in stream]

    def _kinds(self):
        return [event['event'] for event in self._events()]

    def test_commit(self):
        with self.engine.begin() as connection:
            connection.execute(SELECT)
            connection.execute(COUNTS.update().values(number=12345))
        self.assertEqual(
            ['begin', 'statement', 'statement', 'commit'], self._kinds()
        )
        self.assertNotIn('12345', str(self._events()))
        self.assertEqual(
            {threading.current_thread().name},
            {event['thread'] for event in self._events()},
        )
        self.assertEqual(
            1, len({event['transaction'] for event in self._events()})
        )

    def test_rollback(self):
        with self.engine.connect() as connection:
            transaction = connection.begin()
            connection.execute(SELECT)
            transaction.rollback()
        self.assertEqual(['begin', 'statement', 'rollback'], self._kinds())

    def test_transaction_without_a_statement(self):
        with self.engine.connect() as connection, connection.begin():
            pass
        self.assertEqual([], self._kinds())

    def test_transactions_of_one_connection(self):
        with self.engine.connect() as connection:
            for _ in range(3):
                with connection.begin():
                    connection.execute(COUNTS.update().values(number=1))
        self.assertEqual(['begin', 'statement', 'commit'] * 3, self._kinds())
        self.assertEqual(
            3, len({event['transaction'] for event in self._events()})
        )

    def test_many_rows_are_one_statement(self):
        with self.engine.begin() as connection:
            connection.execute(COUNTS.insert(), [{'number': 1}, {'number': 2}])
        [begin, statement, commit] = self._events()
        self.assertTrue(statement['executemany'])
