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

"""Base classes of the unit tests.

The database is a SQLite file with Cinder's own schema.
"""

import contextlib
import os
import sqlite3
import tempfile

from cinder import context
from cinder.db import migration
from oslo_config import cfg
from oslo_config import fixture as config_fixture
import testtools

CONF = cfg.CONF


class TestCase(testtools.TestCase):
    """A test with Cinder's configuration, undone afterwards."""

    def setUp(self):
        super().setUp()
        self.config = self.useFixture(config_fixture.Config(CONF))
        self.context = context.RequestContext(
            'user-1', 'project-1', is_admin=True
        )


class DatabaseTestCase(TestCase):
    """A test that begins with an empty database of Cinder's."""

    _folder = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if DatabaseTestCase._folder is None:
            DatabaseTestCase._folder = _make_database()

    def setUp(self):
        super().setUp()
        self.empty_database()

    def empty_database(self):
        """Begin anew, as each example of a test of many does."""
        _copy(_file('empty'), _file('cinder'))

    def rows(self, table):
        """Return the rows of a table as dictionaries."""
        with sqlite3.connect(_file('cinder')) as connection:
            connection.row_factory = sqlite3.Row
            return [
                dict(row)
                for row in connection.execute(f'SELECT * FROM {table}')  # noqa: S608
            ]

    def execute(self, statement, *values):
        """Change something by hand."""
        with contextlib.closing(sqlite3.connect(_file('cinder'))) as database:
            with database:
                database.execute(statement, values)

    def tables(self):
        """Return what an import may change, to compare before and after."""
        names = ('backups', 'backup_metadata', 'quota_usages', 'reservations')
        return {name: self.rows(name) for name in names}


def _file(name):
    return os.path.join(DatabaseTestCase._folder.name, f'{name}.sqlite')


def _make_database():
    """Make the schema once a process; Cinder can't change its engine."""
    folder = DatabaseTestCase._folder = tempfile.TemporaryDirectory()
    CONF([], project='cinder', default_config_files=[])
    CONF.set_default(
        'connection', 'sqlite:///' + _file('cinder'), group='database'
    )
    migration.db_sync()
    _copy(_file('cinder'), _file('empty'))
    return folder


def _copy(source, target):
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
