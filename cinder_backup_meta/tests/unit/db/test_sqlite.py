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

import fixtures
from sqlalchemy import exc as sa_exception

from cinder_backup_meta.db import sqlite
from cinder_backup_meta.tests.unit import base


class TestSQLite(base.TestCase):
    def test_is_missing(self):
        folder = self.useFixture(fixtures.TempDir()).path
        path = os.path.join(folder, 'file')
        open(path, 'w').close()
        for url, missing in (
            (f'sqlite:///{path}', False),
            (f'sqlite:///{path}2', True),
            (f'sqlite:///{path}/below/a/file', True),
            (f'sqlite+pysqlite:///{folder}/folder/file?timeout=1', True),
            ('sqlite://', False),
            ('mysql+pymysql://server/database', False),
        ):
            self.assertEqual(missing, sqlite.is_missing(url), url)

    def test_what_can_not_be_seen_is_not_missing(self):
        self.useFixture(
            fixtures.MockPatch('os.stat', side_effect=PermissionError)
        )
        self.assertFalse(sqlite.is_missing('sqlite:////file'))

    def test_no_url(self):
        self.assertRaises(
            sa_exception.ArgumentError, sqlite.is_missing, 'nothing'
        )
