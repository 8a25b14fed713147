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

import time

import fixtures
from oslo_utils import fixture as utils_fixture

from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta.tests.unit import base


class TestNow(base.DatabaseTestCase):
    """With SQLite; the other databases are asked by the full stack."""

    def test_is_the_clock_of_the_server_and_goes_on(self):
        self.patch(server_clock, '_CLOCK', server_clock.ServerClock())
        # That of this host has stopped, or so it seems.
        self.useFixture(utils_fixture.TimeFixture())
        before = time.time()
        first = server_clock.now(self.context)
        second = server_clock.now(self.context)
        after = time.time()
        # The second is reckoned, and may be off by what a reading takes.
        self.assertLess(before - 1, first)
        self.assertLessEqual(first, second)
        self.assertLess(second, after + 1)


class TestServerClock(base.DatabaseTestCase):
    """How often the server is asked, by a clock that the test sets."""

    def setUp(self):
        super().setUp()
        self.seconds = [100.0]
        self.clock = server_clock.ServerClock(lambda: self.seconds[0])
        self.asked = []
        read = server_clock._read
        self.useFixture(
            fixtures.MockPatchObject(
                server_clock,
                '_read',
                lambda context: self.asked.append(1) or read(context),
            )
        )

    def test_is_asked_once_a_minute(self):
        first = self.clock.now(self.context)
        self.seconds[0] += 59
        self.assertAlmostEqual(first + 59, self.clock.now(self.context))
        self.assertEqual(1, len(self.asked))
        self.seconds[0] += 1
        # Read anew: the real clock has not gone on by a minute.
        self.assertLess(self.clock.now(self.context), first + 59)
        self.assertEqual(2, len(self.asked))

    def test_slow_reading_is_used_once(self):
        def slow(context):
            self.asked.append(1)
            self.seconds[0] += 2
            return 5.0

        self.useFixture(fixtures.MockPatchObject(server_clock, '_read', slow))
        self.assertEqual(5.0, self.clock.now(self.context))
        self.assertEqual(5.0, self.clock.now(self.context))
        self.assertEqual(2, len(self.asked))
