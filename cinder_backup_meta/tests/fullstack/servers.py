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

"""The servers beside Cinder: a database's and RabbitMQ's."""

import atexit
import functools

import fixtures

from cinder_backup_meta.tests.fullstack import mariadb
from cinder_backup_meta.tests.fullstack import ports
from cinder_backup_meta.tests.fullstack import postgresql
from cinder_backup_meta.tests.fullstack import programs
from cinder_backup_meta.tests.fullstack import rabbitmq

free_port = ports.free

_DATABASES = {
    'mariadb': mariadb.MariaDB,
    'postgresql': postgresql.PostgreSQL,
}


def new_database(name=None):
    """Return a server of databases, not started.

    :param name: one of :data:`programs.DATABASES`; None for the one wanted
    """
    return _DATABASES[name or programs.wanted_database()]()


class Servers(fixtures.Fixture):
    """Both of them.

    :ivar database: the :class:`mariadb.MariaDB`, or
        :class:`postgresql.PostgreSQL`
    :ivar broker: the :class:`rabbitmq.RabbitMQ`
    """

    def _setUp(self):
        self.database = self.useFixture(new_database())
        self.broker = self.useFixture(rabbitmq.RabbitMQ())


@functools.cache
def shared():
    """Return servers that are there until the end of this process."""
    servers = Servers()
    servers.setUp()
    atexit.register(servers.cleanUp)
    return servers
