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

"""Cinder's database, read and prepared behind Cinder's back."""

import contextlib
import os
import sqlite3

_BUSY_TIMEOUT = 300


def forget(database, *backup_ids):
    """Lose rows of backups as a lost database does, where there are any.

    :param database: whatever executes SQL as a :class:`Database` does
    """
    for backup_id in backup_ids:
        for statement in (
            'DELETE FROM backup_metadata WHERE backup_id = ?',
            'DELETE FROM backups WHERE id = ?',
        ):
            database.execute(statement, (backup_id,))


class Database:
    """The SQLite database in a state folder."""

    def __init__(self, path):
        self._path = path

    @contextlib.contextmanager
    def _connect(self, mode):
        connection = sqlite3.connect(
            f'file:{self._path}?mode={mode}', uri=True, timeout=_BUSY_TIMEOUT
        )
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, table):
        """Return all rows of a table, soft-deleted ones too, as dicts."""
        if not table.isidentifier():
            raise ValueError(table)
        return self.select(f'SELECT * FROM {table}')

    def select(self, sql, params=()):
        """Return what a query finds, as dicts."""
        with self._connect('ro') as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, params)]

    def execute(self, sql, params=()):
        """Run one statement; return the number of rows it changed."""
        with self._connect('rw') as connection, connection:
            return connection.execute(sql, params).rowcount

    def execute_many(self, sql, rows):
        """Run one statement for each of many rows of values."""
        with self._connect('rw') as connection, connection:
            connection.executemany(sql, rows)

    def destroy(self):
        """Lose it."""
        for suffix in ('', '-wal', '-shm'):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path + suffix)
