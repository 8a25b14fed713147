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

import datetime

import testtools

from cinder_backup_meta.db import clock


class TestClock(testtools.TestCase):
    def test_present_is_in_utc_without_a_zone(self):
        now = clock.utcnow()
        self.assertIsNone(now.tzinfo)
        utc = datetime.datetime.now(datetime.timezone.utc)
        self.assertLess((utc.replace(tzinfo=None) - now).total_seconds(), 60)

    def test_past(self):
        self.assertLess(clock.ago(60), clock.utcnow())

    def test_naive(self):
        zone = datetime.timezone(datetime.timedelta(hours=2))
        plain = datetime.datetime(2026, 1, 2, 3, 4, 5, 6)
        for expected, when in (
            (None, None),
            (plain, plain),
            (plain, plain.replace(tzinfo=datetime.timezone.utc)),
            (plain - datetime.timedelta(hours=2), plain.replace(tzinfo=zone)),
        ):
            self.assertEqual(expected, clock.naive(when))
