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

from oslo_utils import fixture as utils_fixture

from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta.tests.unit import base


class TestNow(base.DatabaseTestCase):
    """With SQLite; the other databases are asked by the full stack."""

    def test_is_the_clock_of_the_server_and_goes_on(self):
        # That of this host has stopped, or so it seems.
        self.useFixture(utils_fixture.TimeFixture())
        before = time.time()
        first = server_clock.now(self.context)
        second = server_clock.now(self.context)
        after = time.time()
        # SQLite has milliseconds.
        self.assertLess(before - 0.01, first)
        self.assertLessEqual(first, second)
        self.assertLess(second, after + 0.01)
