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

"""PostgreSQL, for Cinder and for the catalog."""

import os
import shutil
import signal

from pifpaf import drivers
import sqlalchemy as sa

from cinder_backup_meta.tests.fullstack import kept

_CREATE = """
CREATE DATABASE {} TEMPLATE template0
LOCALE_PROVIDER icu ICU_LOCALE 'en-US'
"""
_WAITING = """
SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'
"""


class PostgreSQL(kept.Kept, drivers.Driver):
    """A server of PostgreSQL's, reached by a socket in its folder.

    pifpaf's own driver needs another user than root, and lets the server be
    the child of nobody.
    """

    name = 'PostgreSQL'

    # SIGTERM waits for clients that do not go. SIGKILL leaves what the server
    # has of the machine, and its processes, which are in groups of their own.
    STOP = signal.SIGINT
    END = signal.SIGQUIT
    _USER = 'postgres'
    _INITDB = ('--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8')
    _OPTIONS = {
        'listen_addresses': '',
        # As many as MariaDB has, and as much memory.
        'max_connections': '1000',
        'shared_buffers': '512MB',
        # Else what is shared is not in the folder.
        'dynamic_shared_memory_type': 'mmap',
        # Not the UTC of the columns: a time that comes with a zone is stored
        # as that of this place, which is to be seen.
        'timezone': 'Asia/Kathmandu',
        # What it counts is lost where there are more kinds of statements.
        'shared_preload_libraries': 'pg_stat_statements',
        'pg_stat_statements.max': '20000',
    }

    def _setUp(self):
        super()._setUp()
        data = os.path.join(self.tempdir, 'data')
        if os.getuid() == 0:
            shutil.chown(self.tempdir, self._USER)
        self._exec(
            self._as_user(
                'initdb',
                f'--pgdata={data}',
                f'--username={self._USER}',
                '--no-sync',
                *self._INITDB,
            )
        )
        options = {**self._OPTIONS, 'unix_socket_directories': self.tempdir}
        self._exec(
            self._as_user(
                'postgres',
                '-D',
                data,
                *(f'--{name}={value}' for name, value in options.items()),
            ),
            wait_for_line='database system is ready to accept connections',
        )
        self._ask('CREATE EXTENSION pg_stat_statements')

    def _as_user(self, *command):
        """Return a command as it is run: it refuses to be run by root."""
        if os.getuid() != 0:
            return [*command]
        return [
            'setpriv',
            f'--reuid={self._USER}',
            f'--regid={self._USER}',
            '--init-groups',
            # Not where that user may not look.
            'env',
            '--chdir=/',
            *command,
        ]

    def url_of(self, database, user=_USER):
        """Return the URL of a database, as SQLAlchemy writes it.

        :param user: any name; it distinguishes one client from another,
            as the name of its application: all are the same user
        """
        return (
            f'postgresql+psycopg2://{self._USER}@/{database}'
            f'?host={self.tempdir}&application_name={user}'
        )

    def create(self, database):
        """Make a database.

        Its text is ordered by a language, as in most installations, and not
        by the bytes.
        """
        self._ask(_CREATE.format(database))

    def drop(self, database):
        """Destroy a database, whoever uses it."""
        self._ask(f'DROP DATABASE {database} WITH (FORCE)')

    def statements(self):
        """Return how many statements of all clients have succeeded so far."""
        [row] = self._ask('SELECT SUM(calls) FROM pg_stat_statements')
        return int(row[0])

    def waiting(self):
        """Return the names of the clients that wait for a lock."""
        return [row[0] for row in self._ask(_WAITING)]

    def version(self):
        """Return the server's version."""
        [row] = self._ask('SHOW server_version')
        return row[0]

    def _ask(self, statement):
        engine = sa.create_engine(
            self.url_of('postgres'),
            poolclass=sa.pool.NullPool,
            # No database is made within a transaction.
            isolation_level='AUTOCOMMIT',
        )
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.all() if result.returns_rows else []
