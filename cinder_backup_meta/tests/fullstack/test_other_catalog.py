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

"""A catalog on a server of another kind than Cinder's."""

import base64
import json
import unittest

from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import faults
from cinder_backup_meta.tests.fullstack import population
from cinder_backup_meta.tests.fullstack import programs

#: By Cinder's database: the other, what only the first can store, and how that
#: is reported in the other one's lists.
CASES = {
    'mariadb': ('postgresql', 'a\0b', 'a\\x00b'),
    'postgresql': ('mariadb', 'a\U0001f4beb', 'a\\U0001f4beb'),
}


class TestOtherCatalog(base.FullStackTestCase):
    settings = {'config': base.EAGER}

    @classmethod
    def make_cloud(cls):
        if base.MISSING:
            raise unittest.SkipTest(base.MISSING)
        other, cls.name, cls.told = CASES[programs.wanted_database()]
        if missing := programs.missing(other):
            raise unittest.SkipTest(missing)
        server = base.servers.new_database(other)
        server.setUp()
        cls.addClassCleanup(server.cleanUp)
        cls.settings = {**cls.settings, 'catalog_server': server}
        return super().make_cloud()

    def test_name_that_only_one_can_store(self):
        rows = population.make(3, 'backup-1')
        rows[1]['display_name'] = self.name
        population.insert(self.cloud, rows)
        expected = {row['id']: row['display_name'] for row in rows}
        expected[rows[1]['id']] = self.told
        faults.wait_until(lambda: len(self._kept('name')) == len(rows))
        self.assertEqual(expected, self._kept('name'))
        # The record itself has the name as it is; no reader would take a NUL.
        kept = {
            backup_id: json.loads(base64.b64decode(string))['display_name']
            for backup_id, string in self._kept('record').items()
        }
        self.assertEqual(
            {row['id']: row['display_name'] for row in rows}, kept
        )

    def _kept(self, column):
        """Return what the catalog has in a column, by backup id."""
        rows = self.cloud.catalog.rows('backup_records')
        return {row['id']: row[column] for row in rows}
