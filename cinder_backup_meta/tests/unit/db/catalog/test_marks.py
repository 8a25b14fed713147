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

from cinder_backup_meta.db.catalog import marks
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

T1, T2, T3 = (
    datetime.datetime(2026, 6, day, 12, 0, 0, 123456) for day in (1, 2, 3)
)


class TestMarks(base.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(catalog_database.CatalogDatabase())

    def put(self, driver, **times):
        with session.writer(self.context):
            marks.put(self.context, driver, **times)

    def get(self, driver):
        with session.reader(self.context):
            return marks.get(self.context, driver)

    def latest(self):
        with session.reader(self.context):
            return marks.latest(self.context)

    def test_none(self):
        self.assertEqual(marks.Mark(), self.get('one'))
        self.assertEqual(marks.Mark(), self.latest())

    def test_put(self):
        self.put('one', watermark=T1, last_capture_at=T2)
        self.assertEqual(marks.Mark(T1, T2, None), self.get('one'))
        self.put('one', last_comparison_at=T3)
        self.assertEqual(marks.Mark(T1, T2, T3), self.get('one'))
        self.assertEqual(marks.Mark(), self.get('two'))

    def test_latest(self):
        self.put('one', watermark=T1, last_capture_at=T2)
        self.put('two', watermark=T3, last_capture_at=T1)
        self.assertEqual(marks.Mark(T3, T2, None), self.latest())
