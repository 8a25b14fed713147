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

"""The servers beside Cinder: MariaDB and RabbitMQ, started by pifpaf."""

import atexit
import contextlib
import logging
import os
import signal
import socket
import subprocess

import fixtures
from pifpaf.drivers import mysql
from pifpaf.drivers import rabbitmq
import sqlalchemy as sa

from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import programs
from cinder_backup_meta.tests.fullstack import usage

# It warns at the end of each program that has ended before.
logging.getLogger('pifpaf').addHandler(logging.NullHandler())


def free_port():
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class _Kept:
    """What a driver of pifpaf's needs to be kept, and to be restarted.

    pifpaf's drivers start their servers by ``_exec``, each in a process group
    of its own, and have no method to stop one and start it again.
    """

    _server = None
    _started = None

    def _setUp(self):
        # Some of what is run is in a folder that root alone has on its PATH.
        path = os.pathsep.join((os.environ['PATH'], *programs.FOLDERS))
        self.useFixture(fixtures.EnvironmentVariable('PATH', path))
        super()._setUp()

    def _exec(self, command, **arguments):
        if 'wait_for_line' not in arguments:
            return super()._exec(command, **arguments)
        self._started = (command, arguments)
        process, output = super()._exec(command, **arguments)
        self._server = process
        keeper.add(process.pid)
        keeper.add_folder(self.tempdir)
        self.addCleanup(self.stop, signal.SIGKILL)
        return process, output

    def stop(self, number=signal.SIGTERM):
        """Stop the server, and wait for the end of its group."""
        process, self._server = self._server, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait()
        keeper.drop(process.pid)

    def pids(self):
        """Return its processes."""
        return usage.group(self._server.pid)

    def start(self):
        """Start it again where it was, with what it had."""
        command, arguments = self._started
        self._exec(command, **arguments)


class MariaDB(_Kept, mysql.MySQLDriver):
    """A server of MariaDB's, reached by a socket in its folder."""

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

        :param user: any name; it tells one client from another
        """
        return (
            f'mysql+pymysql://{user}@localhost/{database}'
            f'?unix_socket={self.socket}&charset=utf8'
        )

    def create(self, database):
        """Make a database."""
        self._ask(f'CREATE DATABASE {database}')

    def statements(self):
        """Return how many statements all clients have sent it so far."""
        [row] = self._ask("SHOW GLOBAL STATUS LIKE 'Questions'")
        return int(row[1])

    def version(self):
        """Return the server's version."""
        [row] = self._ask('SELECT VERSION()')
        return row[0]

    def _ask(self, statement):
        engine = sa.create_engine(self.url_of(''), poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.all() if result.returns_rows else []


class RabbitMQ(_Kept, rabbitmq.RabbitMQDriver):
    """A server of RabbitMQ's on a free port."""

    def __init__(self):
        super().__init__(port=free_port())

    def _setUp(self):
        # RabbitMQ derives these from its port, which is too high for that.
        ports = {
            name: str(free_port())
            for name in ('ERL_EPMD_PORT', 'RABBITMQ_DIST_PORT')
        }
        low = free_port()
        ports['RABBITMQ_CTL_DIST_PORT_MIN'] = str(low)
        ports['RABBITMQ_CTL_DIST_PORT_MAX'] = str(low + 10)
        for name, value in {**ports, **self._empty_files()}.items():
            self.useFixture(fixtures.EnvironmentVariable(name, value))
        self._start_port_mapper()
        super()._setUp()

    def _empty_files(self):
        # What the machine's own server is configured with has no say here.
        folder = self.useFixture(fixtures.TempDir())
        names = {
            'RABBITMQ_CONFIG_FILE': 'rabbitmq.conf',
            'RABBITMQ_ADVANCED_CONFIG_FILE': 'advanced.config',
            'RABBITMQ_CONF_ENV_FILE': 'rabbitmq-env.conf',
        }
        paths = {key: folder.join(name) for key, name in names.items()}
        for path in paths.values():
            with open(path, 'w') as stream:
                stream.write('[].\n' if path.endswith('.config') else '')
        return paths

    def _start_port_mapper(self):
        # Erlang would start one that outlives everything.
        process = subprocess.Popen(
            ['epmd', '-address', '127.0.0.1'],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        keeper.add(process.pid)
        self.addCleanup(keeper.drop, process.pid)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def url_of(self, virtual_host):
        """Return the URL of a virtual host, as oslo.messaging writes it."""
        return (
            f'rabbit://{self.username}:{self.password}'
            f'@127.0.0.1:{self.port}/{virtual_host}'
        )

    def create(self, virtual_host):
        """Make a virtual host."""
        node = f'{self.nodename}@localhost'
        self.rabbitmqctl(node, ['add_vhost', virtual_host])
        self.rabbitmqctl(
            node,
            ['set_permissions', '-p', virtual_host, self.username]
            + ['.*', '.*', '.*'],
        )


class Servers(fixtures.Fixture):
    """Both of them.

    :ivar database: the :class:`MariaDB`
    :ivar broker: the :class:`RabbitMQ`
    """

    def _setUp(self):
        self.database = self.useFixture(MariaDB())
        self.broker = self.useFixture(RabbitMQ())


_shared = None


def shared():
    """Return servers that are there until the end of this process."""
    global _shared
    if _shared is None:
        _shared = Servers()
        _shared.setUp()
        atexit.register(_shared.cleanUp)
    return _shared
