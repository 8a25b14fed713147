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

"""The plugin's own database."""

import contextlib
import os
import sqlite3

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.tests.unit.cmd.status import base


class TestCatalog(base.StatusTestCase):
    def _execute(self, sql):
        connection = sqlite3.connect(self.path('catalog.sqlite'))
        with contextlib.closing(connection), connection:
            connection.execute(sql)

    def test_no_tables(self):
        os.remove(self.path('catalog.sqlite'))
        details = self.assert_found({'Catalog: tables': base.FAILURE})
        self.assertIn(
            'run cinder-backup-meta-manage db sync', details['Catalog: tables']
        )
        self.assertFalse(os.path.exists(self.path('catalog.sqlite')))

    def test_tables_of_another_release(self):
        self._execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = 'other'"
        )
        details = self.assert_found({'Catalog: tables': base.FAILURE})
        self.assertIn('have version other', details['Catalog: tables'])
        self.assertIn(migration.head(), details['Catalog: tables'])

    def test_file_that_is_no_database(self):
        session.forget()
        self.write('catalog.sqlite', 'this is no database' * 100)
        self.assert_found(
            {'Catalog: tables': base.FAILURE, 'Catalog: apart': base.WARNING}
        )

    def test_server_that_does_not_answer(self):
        self.settings['backup_meta_catalog']['connection'] = (
            'mysql+pymysql://user:secret@127.0.0.1:1/x'
        )
        details = self.assert_found(
            {'Catalog: tables': base.FAILURE, 'Catalog: apart': base.WARNING}
        )
        self.assertIn('[backup_meta_catalog]', details['Catalog: tables'])
        self.assertNotIn('secret', str(details))

    def test_url_that_is_none(self):
        self.settings['backup_meta_catalog']['connection'] = 'secret'
        details = self.assert_found(
            {
                'Catalog: tables': base.FAILURE,
                'Catalog: apart': base.WARNING,
                'Catalog: one for all hosts': base.WARNING,
            }
        )
        self.assertIn('[backup_meta_catalog]', details['Catalog: tables'])

    def test_database_of_cinder(self):
        self.settings['backup_meta_catalog'] = self.settings['database']
        self.sync()
        self.assert_found({'Catalog: apart': base.WARNING})
