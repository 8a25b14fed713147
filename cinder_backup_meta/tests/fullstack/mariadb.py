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

"""MariaDB, for Cinder and for the catalog."""

from pifpaf.drivers import mysql
import sqlalchemy as sa

from cinder_backup_meta.tests.fullstack import kept

_WAITING = """
SELECT p.user FROM information_schema.innodb_trx AS t
JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id
WHERE t.trx_state = 'LOCK WAIT'
"""


class MariaDB(kept.Kept, mysql.MySQLDriver):
    """A server of MariaDB's, reached by a socket in its folder."""

    name = 'MariaDB'

    # Stock Cinder opens more connections at a burst of imports than the
    # default of 151 lets it have. A control plane's databases fit into memory;
    # the default of 128 MiB is for a server that has next to nothing to do.
    _OPTIONS = (
        '--max-connections=1000',
        '--innodb-buffer-pool-size=512M',
    )

    def _exec(self, command, **arguments):
        if '--skip-networking' in command:
            command = [*command, *self._OPTIONS]
        return super()._exec(command, **arguments)

    def url_of(self, database, user='root'):
        """Return the URL of a database, as SQLAlchemy writes it.

        :param user: any name; it distinguishes one client from another
        """
        return (
            f'mysql+pymysql://{user}@localhost/{database}'
            f'?unix_socket={self.socket}&charset=utf8'
        )

    def create(self, database):
        """Make a database."""
        self._ask(f'CREATE DATABASE {database}')

    def drop(self, database):
        """Destroy a database."""
        self._ask(f'DROP DATABASE {database}')

    def statements(self):
        """Return how many statements all clients have sent it so far."""
        [row] = self._ask("SHOW GLOBAL STATUS LIKE 'Questions'")
        return int(row[1])

    def waiting(self):
        """Return the names of the clients that wait for a lock."""
        return [row[0] for row in self._ask(_WAITING)]

    def version(self):
        """Return the server's version."""
        [row] = self._ask('SELECT VERSION()')
        return row[0]

    def _ask(self, statement):
        engine = sa.create_engine(self.url_of(''), poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.all() if result.returns_rows else []
