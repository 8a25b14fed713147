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

"""A database on a server, read and prepared behind Cinder's back."""

import contextlib

import sqlalchemy as sa


class Database:
    """As :class:`functional.database.Database`, on a server of databases."""

    def __init__(self, url):
        # A connection kept would not outlive a restart of the server.
        self._engine = sa.create_engine(url, poolclass=sa.pool.NullPool)

    @contextlib.contextmanager
    def connect(self):
        """Give a connection of SQLAlchemy's, in a transaction."""
        with self._engine.begin() as connection:
            yield connection

    def rows(self, table):
        """Return all rows of a table, soft-deleted ones too, as dicts."""
        if not table.isidentifier():
            raise ValueError(table)
        return self.select(f'SELECT * FROM {table}')

    def select(self, sql, params=()):
        """Return what a query finds, as dicts."""
        with self.connect() as connection:
            found = connection.exec_driver_sql(
                self._translate(sql), tuple(params)
            )
            return [dict(row._mapping) for row in found]

    def execute(self, sql, params=()):
        """Run one statement; return the number of rows it changed."""
        with self.connect() as connection:
            return connection.exec_driver_sql(
                self._translate(sql), tuple(params)
            ).rowcount

    def execute_many(self, sql, rows):
        """Run one statement for each of many rows of values."""
        with self.connect() as connection:
            connection.exec_driver_sql(self._translate(sql), rows)

    def _translate(self, sql):
        # The functional tests write them for SQLite, which takes the quotes
        # of all others.
        quote = self._engine.dialect.identifier_preparer.initial_quote
        return sql.replace('?', '%s').replace('`', quote)
