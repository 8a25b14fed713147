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

"""The real Cinder in its processes, on servers of a database and messages."""

import itertools
import os
import shlex
import signal
import sys

from cinder_backup_meta.embedded import config as embedded_config
from cinder_backup_meta.embedded import state
from cinder_backup_meta.tests.fullstack import config
from cinder_backup_meta.tests.fullstack import database
from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import rest
from cinder_backup_meta.tests.fullstack import servers
from cinder_backup_meta.tests.fullstack import services
from cinder_backup_meta.tests.functional import cloud
from cinder_backup_meta.tests.functional import process

STOCK_MANAGER = 'cinder.backup.manager.BackupManager'
_SYNC_TIMEOUT = 300

# Tells one from another on the same servers.
_numbers = itertools.count(1)


class ControlPlane(cloud.Cloud):
    """cinder-api and cinder-backup, and the others where they are wanted.

    :param servers: the :class:`servers.Servers` to use
    :param stock: leave the plugin out
    :param volumes: run cinder-volume and cinder-scheduler as well
    :param backup_hosts: the host names to run a cinder-backup for
    :param stock_hosts: those of them that lack the plugin
    :param config: options to set, as {section: {option: value}}
    :param eventlet: run the services under eventlet, not in native threads
    :param catalog_server: a server of its own for the catalog
    :param identity: the :class:`identity.Keystone` that knows who asks; by
        default a token says it of itself, as in the embedded control plane
    :ivar region: its name in Keystone
    :ivar servers: the servers it uses
    :ivar services: the :class:`services.Service` by its name: api, volume,
        scheduler, and each of the backup hosts by its own
    :ivar config_files: what they have in common, in the order to read it
    :ivar catalog: the :class:`database.Database` of the plugin
    """

    def __init__(
        self,
        servers,
        stock=False,
        volumes=False,
        backup_hosts=('backup-1',),
        stock_hosts=(),
        config=None,
        eventlet=False,
        catalog_server=None,
        identity=None,
    ):
        super().__init__()
        self.servers = servers
        self.region = self._name = f'cinder_{next(_numbers)}'
        self.identity = identity
        self._stock = stock
        self._volumes = volumes
        self._backup_hosts = backup_hosts
        self._stock_hosts = stock_hosts
        self._options = config
        self._eventlet = eventlet
        self._catalog_server = catalog_server or servers.database
        self.services = {}

    def _setUp(self):
        self._take_folder()
        keeper.add_folder(self.state_dir)
        self._folder = state.StateFolder(self.state_dir)
        self._folder.prepare()
        self._make_room()
        port = servers.free_port()
        endpoint = f'http://127.0.0.1:{port}'
        self.config_files = config.write_all(
            self._folder,
            endpoint,
            self._urls,
            stock=self._stock,
            options=self._options,
            identity=self._identity_options(),
        )
        if self.identity:
            self.identity.add_region(self.region, endpoint)
        self.sync()
        self._declare(port)
        for service in self.services.values():
            self.addCleanup(service.end)
            service.start()

    def _make_room(self):
        """Make its databases and its virtual host."""
        catalog = f'{self._name}_catalog'
        self.servers.database.create(self._name)
        self._catalog_server.create(catalog)
        self.servers.broker.create(self._name)
        self._urls = (
            self.servers.database.url_of(self._name),
            self._catalog_server.url_of(catalog),
            self.servers.broker.url_of(self._name),
        )
        self._database = database.Database(self._urls[0])
        self.catalog = database.Database(self._urls[1])

    # Who asks

    def _identity_options(self):
        if not self.identity:
            return None
        options = self.identity.options()
        options['DEFAULT']['api_paste_config'] = embedded_config.etc_file(
            'api-paste.ini'
        )
        return options

    def token(self, who=cloud.ADMIN):
        """See :meth:`cloud.Cloud.token`; the roles are Keystone's to say."""
        if not self.identity:
            return super().token(who)
        return self.identity.token(*who.split(':')[:2])

    def openrc(self, who=cloud.ADMIN):
        """See :meth:`cloud.Cloud.openrc`."""
        if not self.identity:
            return super().openrc(who)
        user, project = who.split(':')[:2]
        variables = self.identity.openrc(self.region, user, project)
        path = self.path(f'openrc-{user}-{project}')
        with open(path, 'w') as stream:
            for name, value in variables.items():
                stream.write(f'export {name}={shlex.quote(value)}\n')
        return path

    def rest(self):
        """Return a session with it, as its administrator."""
        return rest.Rest(self.endpoint, self.token())

    # What it is made of

    def sync(self):
        """Make the tables, as at an installation."""
        self.run_command('cinder-manage', 'db', 'sync')
        if not self._stock:
            self.run_command('cinder-backup-meta-manage', 'db', 'sync')

    def lose_database(self):
        """Destroy Cinder's database, and make an empty one in its place."""
        self.servers.database.drop(self._name)
        self.servers.database.create(self._name)
        self.run_command('cinder-manage', 'db', 'sync')

    def command(self, program, files=None):
        """Return the beginning of a command of the cloud's administrator.

        :param files: what it is configured by; by default as the services are
        """
        return [
            os.path.join(os.path.dirname(sys.executable), program),
            *(f'--config-file={path}' for path in files or self.config_files),
            # What it logs is not to be taken for what the services log.
            f'--log-file={self.path("commands.log")}',
        ]

    def run_command(self, program, *arguments, files=None, codes=(0,)):
        """Run a command of the cloud's administrator; return its output.

        :param files: see :meth:`command`
        :param codes: the exit codes that it may end with
        """
        command = [*self.command(program, files), *arguments]
        return process.call(command, _SYNC_TIMEOUT, codes).stdout

    # The processes

    def _declare(self, port):
        """Name the services, in the order to start them in."""
        if self._volumes:
            # cinder-volume first: the scheduler asks it what it can do.
            host = f'{config.HOST}@{config.BACKEND}'
            self._declare_worker('volume', f'{host}.{config.HOST}')
            self._declare_worker('scheduler', config.HOST)
        for host in self._backup_hosts:
            self._declare_worker('backup', host, name=host)
        self.services['api'] = services.Api(
            self.state_dir, port, self.config_files, eventlet=self._eventlet
        )

    def _declare_worker(self, kind, queue, name=None):
        self.services[name or kind] = services.Worker(
            self.state_dir,
            name or kind,
            f'cinder-{kind}',
            f'cinder-{kind}.{queue}',
            self._urls[2],
            self.config_files,
            options=self.own_options(name) if name else {},
            eventlet=self._eventlet,
        )

    def own_options(self, host, stock=None):
        """Return the options of a backup host's own file.

        :param stock: whether it lacks the plugin; by default as it was asked
        """
        # The database can tell the hosts from each other then.
        url = self.servers.database.url_of(self._name, user=host)
        default = {'host': host}
        if host in self._stock_hosts if stock is None else stock:
            default['backup_manager'] = STOCK_MANAGER
        return {'DEFAULT': default, 'database': {'connection': url}}

    @property
    def endpoint(self):
        return self.services['api'].endpoint

    def stop(self, *names):
        """Stop services as an operator does; none named: all."""
        for name in names or self.services:
            self.services[name].end()

    def kill(self, *names):
        """End services as a crash does."""
        for name in names:
            self.services[name].end(signal.SIGKILL)

    def start(self, *names):
        """Start services again that were stopped or killed."""
        for name in names or self.services:
            self.services[name].start()

    def log_text(self):
        """Return the logs of all services, one after another."""
        return '\n'.join(one.log_text() for one in self.services.values())

    def pids(self):
        """Return the processes of each service that runs, by its name."""
        return {
            name: one.pids()
            for name, one in self.services.items()
            if one.runs()
        }

    # The database

    @property
    def url(self):
        """The URL of the database."""
        return self._urls[0]
