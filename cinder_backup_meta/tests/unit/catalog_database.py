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

"""The fixture for the plugin's own database: a SQLite file for one test."""

import os
import sqlite3

import fixtures
from oslo_config import cfg
from oslo_config import fixture as config_fixture

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session

CONF = cfg.CONF


class CatalogDatabase(fixtures.Fixture):
    """Point the plugin at a database of its own, at first without tables.

    :param migrated: make the tables
    :ivar path: where the file is, or would be
    """

    def __init__(self, migrated=True):
        super().__init__()
        self._migrated = migrated

    def _setUp(self):
        self._config = self.useFixture(config_fixture.Config(CONF))
        folder = self.useFixture(fixtures.TempDir()).path
        self.path = os.path.join(folder, 'catalog.sqlite')
        self.addCleanup(session.forget)
        self.connect(f'sqlite:///{self.path}')
        if self._migrated:
            migration.upgrade()

    def connect(self, url):
        """Let the option name another database."""
        session.forget()
        self._config.config(group='backup_meta_catalog', connection=url)

    def break_(self):
        """Make a file of the database that no database can be read from."""
        session.forget()
        with open(self.path, 'wb') as stream:
            stream.write(b'this is no database' * 100)

    def execute(self, sql):
        """Run a statement; return the rows as dictionaries."""
        connection = sqlite3.connect(self.path)
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                return [dict(row) for row in connection.execute(sql)]
        finally:
            connection.close()
