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

"""RabbitMQ, for the messages of Cinder's services."""

import subprocess

import fixtures
from pifpaf.drivers import rabbitmq

from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import kept
from cinder_backup_meta.tests.fullstack import ports


class RabbitMQ(kept.Kept, rabbitmq.RabbitMQDriver):
    """A server of RabbitMQ's on a free port."""

    name = 'RabbitMQ'

    def __init__(self):
        super().__init__(port=ports.free())

    def _setUp(self):
        # RabbitMQ derives these from its port, which is too high for that.
        numbers = {
            name: str(ports.free())
            for name in ('ERL_EPMD_PORT', 'RABBITMQ_DIST_PORT')
        }
        low = ports.free()
        numbers['RABBITMQ_CTL_DIST_PORT_MIN'] = str(low)
        numbers['RABBITMQ_CTL_DIST_PORT_MAX'] = str(low + 10)
        for name, value in {**numbers, **self._empty_files()}.items():
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
