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

import fixtures
from oslo_db import exception as db_exception
import testtools

from cinder_backup_meta.db import retry


class _Changed(Exception):
    pass


class TestRetry(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch('time.sleep', self._sleep))
        self.waited = []
        self.attempts = 0

    def _sleep(self, seconds):
        self.waited.append(seconds)

    def _fail(self, error, times=1):
        self.attempts += 1
        if self.attempts <= times:
            raise error
        return 'done'

    def test_deadlock(self):
        function = retry.on_conflict()(self._fail)
        self.assertEqual('done', function(db_exception.DBDeadlock()))
        self.assertEqual(2, self.attempts)

    def test_errors_that_are_named(self):
        function = retry.on_conflict(_Changed, db_exception.DBDuplicateEntry)(
            self._fail
        )
        for error in (_Changed(), db_exception.DBDuplicateEntry()):
            self.attempts = 0
            self.assertEqual('done', function(error))

    def test_other_errors(self):
        function = retry.on_conflict()(self._fail)
        self.assertRaises(
            db_exception.DBDuplicateEntry,
            function,
            db_exception.DBDuplicateEntry(),
        )
        self.assertEqual(1, self.attempts)

    def test_gives_up(self):
        function = retry.on_conflict()(self._fail)
        self.assertRaises(
            db_exception.DBDeadlock, function, db_exception.DBDeadlock(), 99
        )
        self.assertEqual(11, self.attempts)
        self.assertLess(max(self.waited), 2.01)
        self.assertLess(sum(self.waited), 16)
