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

"""The ways of running Cinder that are measured."""

import importlib.metadata

from cinder_backup_meta.tests.functional import control_plane as embedded
from tools.benchmark import plan

#: What is measured beside the processes of Cinder's.
SERVERS = ('MariaDB', 'PostgreSQL', 'RabbitMQ')

#: For both sides, and for all ways.
_OPTIONS = {
    'DEFAULT': {'quota_backups': -1, 'quota_backup_gigabytes': -1},
    # Cinder's default is too little for a page of records.
    'oslo_middleware': {'max_request_body_size': 4 * 2**20},
}


class Embedded:
    """All of Cinder in one process, with SQLite.

    Its statements are counted by a trace, on both sides.
    """

    name = 'embedded'
    parts = plan.PARTS
    host = 'embedded'

    def __init__(self, fixtures):
        self._fixtures = fixtures

    def start(self, stock, config=_OPTIONS):
        """Start a Cinder; return it."""
        return self._fixtures.enter_context(
            embedded.ControlPlane(stock=stock, config=config, sql_trace=True)
        )

    def statements(self, cloud):
        """Return the number of statements so far."""
        with open(cloud.path('sql.jsonl'), 'rb') as stream:
            return sum(b'"event": "statement"' in line for line in stream)

    def pids(self, cloud):
        """Return the processes by the name of the service."""
        return {'all in one': [cloud.pid]}

    def restart_backup(self, cloud):
        """Start cinder-backup anew."""
        cloud.restart()

    def versions(self):
        """Return what it runs on."""
        return {}


class Separate:
    """Each service a process, with a server of databases and RabbitMQ.

    The first counts the statements, the plugin's own database among them.
    """

    name = 'separate processes'
    # How Cinder is run makes no difference to the data of backups.
    parts = tuple(part for part in plan.PARTS if part != 'data')
    host = 'backup-1'

    def __init__(self, fixtures):
        # Where the servers are not installed, the other way works.
        from cinder_backup_meta.tests.fullstack import control_plane
        from cinder_backup_meta.tests.fullstack import servers

        self._fixtures = fixtures
        self._make = control_plane.ControlPlane
        self._servers = fixtures.enter_context(servers.Servers())
        self._identity = self._make_identity()

    def _make_identity(self):
        """Return the Keystone that knows who asks, None if there is none."""

    def start(self, stock):
        """Start a Cinder; return it."""
        return self._fixtures.enter_context(
            self._make(
                self._servers,
                stock=stock,
                config=_OPTIONS,
                identity=self._identity,
            )
        )

    def statements(self, cloud):
        """Return the number of statements so far."""
        return self._servers.database.statements()

    def pids(self, cloud):
        """Return the processes by the name of the service."""
        servers = (self._servers.database, self._servers.broker)
        return cloud.pids() | {
            server.name: server.pids() for server in servers
        }

    def restart_backup(self, cloud):
        """Start cinder-backup anew."""
        cloud.stop(self.host)
        cloud.start(self.host)

    def versions(self):
        """Return what it runs on."""
        return {
            self._servers.database.name: self._servers.database.version(),
            'kombu': importlib.metadata.version('kombu'),
        }


class Authenticated(Separate):
    """The same with Keystone, for what is done in a call for each record.

    Compared with the cost of a page, that of its token is nothing.
    """

    name = 'separate processes, with Keystone'
    parts = ('stock', 'single')

    def _make_identity(self):
        from cinder_backup_meta.tests.fullstack import identity

        return self._fixtures.enter_context(
            identity.Keystone(self._servers.database)
        )


PLANES = {
    'embedded': Embedded,
    'separate': Separate,
    'keystone': Authenticated,
}
