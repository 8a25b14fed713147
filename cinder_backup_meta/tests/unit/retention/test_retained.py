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

import os

from cinder import context

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

OTHER_ID = samples.PARENT_ID


class TestRetention(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())

    def _rows(self):
        return self.catalog.execute('SELECT * FROM retained_backups')

    def test_retain_notes_who_asked(self):
        self.assertTrue(retained.retain(self.context, samples.ID))
        [row] = self._rows()
        self.assertIsNotNone(row.pop('created_at'))
        self.assertEqual(
            {
                'backup_id': samples.ID,
                'user_id': 'user-1',
                'project_id': 'project-1',
                'request_id': self.context.request_id,
            },
            row,
        )

    def test_retain_again_keeps_who_asked_first(self):
        retained.retain(self.context, samples.ID)
        before = self._rows()
        other = context.RequestContext('user-2', 'project-2', is_admin=False)
        self.assertFalse(retained.retain(other, samples.ID))
        self.assertEqual(before, self._rows())

    def test_release(self):
        retained.retain(self.context, samples.ID)
        retained.retain(self.context, OTHER_ID)
        self.assertTrue(retained.release(self.context, samples.ID))
        self.assertFalse(retained.release(self.context, samples.ID))
        self.assertFalse(retained.is_retained(self.context, samples.ID))
        self.assertTrue(retained.is_retained(self.context, OTHER_ID))

    def test_among(self):
        retained.retain(self.context, samples.ID)
        found = retained.retained_among(
            self.context, iter([samples.ID, OTHER_ID])
        )
        self.assertEqual({samples.ID}, found)
        self.assertEqual(set(), retained.retained_among(self.context, []))

    def test_error_once_there_were_tables(self):
        self.catalog.execute('DROP TABLE retained_backups')
        self._assert_refused('no such table')

    def test_unreadable_file(self):
        self.catalog.break_()
        self._assert_refused('not a database')

    def test_server_that_can_not_be_asked(self):
        # Nobody listens there, or there is no driver for it: both will do.
        self.catalog.connect('mysql+pymysql://root@127.0.0.1:1/nothing')
        self._assert_refused('')

    def _assert_refused(self, text):
        for function in (
            retained.retain,
            retained.release,
            retained.is_retained,
        ):
            error = self.assertRaises(
                exception.Refused, function, self.context, samples.ID
            )
            self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
            self.assertIn(text, str(error))


class TestWithoutTables(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=False)
        )

    def _assert_nothing_is_retained(self):
        self.assertFalse(retained.is_retained(self.context, samples.ID))
        for function in (retained.retain, retained.release):
            error = self.assertRaises(
                exception.Refused, function, self.context, samples.ID
            )
            self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
            self.assertIn('run cinder-backup-meta-manage db sync', str(error))

    def test_no_file(self):
        self._assert_nothing_is_retained()
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_file_of_something_else(self):
        self.catalog.execute('CREATE TABLE backups (id INT)')
        self._assert_nothing_is_retained()
