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

from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import status
from cinder_backup_meta.db import clock
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import rows


class TestStatus(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        # Both less and more than all that is there.
        self.now = base.LATER + datetime.timedelta(seconds=100)
        self.useFixture(base.patch(clock, 'utcnow', lambda: self.now))

    def capture_all(self):
        passes.compare_all(self.context, self.maker)

    def assert_status(self, **expected):
        expected = (
            dict.fromkeys(('behind', 'current', 'missing', 'deleted'), 0)
            | {'oldest_behind_seconds': None}
            | expected
        )
        # Whether it fits into one page or not.
        for size in (2, 3, 100):
            with base.patch(status, '_PAGE', size):
                found = status.get(self.context)
            self.assertEqual(
                expected, {name: getattr(found, name) for name in expected}
            )
        return found

    def test_nothing(self):
        found = self.assert_status()
        self.assertIsNone(found.last_capture_at)
        self.assertIsNone(found.last_comparison_at)
        self.assertIsNone(found.reason)

    def test_level(self):
        self.insert(*range(5))
        self.insert(5, status='creating')
        self.insert(6, status='error')
        self.capture_all()
        found = self.assert_status(current=5)
        now = self.now.replace(tzinfo=datetime.timezone.utc)
        self.assertEqual(now, found.last_capture_at)
        self.assertEqual(now, found.last_comparison_at)

    def test_not_captured(self):
        self.insert(*range(5))
        self.assert_status(
            behind=5,
            oldest_behind_seconds=(self.now - rows.T0).total_seconds(),
        )

    def test_new(self):
        self.insert(*range(5))
        self.capture_all()
        self.insert(7, created_at=base.LATER, updated_at=None)
        self.assert_status(behind=1, current=5, oldest_behind_seconds=100.0)

    def test_changed(self):
        self.insert(*range(5))
        self.capture_all()
        self.change(2, display_name='other')
        self.change(4, updated_at=base.LATER - datetime.timedelta(seconds=20))
        self.assert_status(behind=2, current=5, oldest_behind_seconds=120.0)
        self.capture_all()
        self.assert_status(current=5)

    def test_deleted(self):
        self.insert(*range(5))
        self.capture_all()
        self.soft_delete(2)
        self.assert_status(behind=1, current=5, oldest_behind_seconds=100.0)
        self.capture_all()
        self.assert_status(current=4, deleted=1)

    def test_lost(self):
        self.insert(*range(5))
        self.capture_all()
        self.lose(0, 4)
        self.now += datetime.timedelta(seconds=60)
        # Since it was seen last.
        self.assert_status(behind=2, current=5, oldest_behind_seconds=60.0)
        self.capture_all()
        self.assert_status(current=3, missing=2)

    def test_all_lost(self):
        self.insert(*range(5))
        self.capture_all()
        self.empty_database()
        self.assert_status(behind=5, current=5, oldest_behind_seconds=0.0)

    def test_back_but_still_missing(self):
        self.insert(1)
        self.capture_all()
        self.lose(1)
        self.capture_all()
        self.insert(1)
        self.assert_status(
            behind=1,
            missing=1,
            oldest_behind_seconds=(
                self.now - rows.backup(1)['updated_at']
            ).total_seconds(),
        )

    def test_entry_of_what_is_no_longer_whole(self):
        self.insert(1)
        self.capture_all()
        self.change(1, status='error')
        self.assert_status(current=1)

    def test_change_in_the_future(self):
        self.insert(1)
        self.change(1, updated_at=self.now + datetime.timedelta(days=1))
        self.assert_status(behind=1, oldest_behind_seconds=0.0)

    def test_no_tables(self):
        self.catalog.execute('DROP TABLE backup_records')
        error = self.assertRaises(exception.Refused, status.get, self.context)
        self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
