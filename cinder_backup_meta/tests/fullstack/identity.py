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

"""Keystone, in a process of its own, and who is known to it."""

import atexit
import functools
import os
import sys

import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session
from keystoneclient.v3 import client
import requests

from cinder_backup_meta.tests.fullstack import config
from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import ports
from cinder_backup_meta.tests.fullstack import processes
from cinder_backup_meta.tests.fullstack import servers
from cinder_backup_meta.tests.functional import process

_MANAGE_TIMEOUT = 300

DOMAIN = 'default'
REGION = 'RegionOne'
PASSWORD = 'secret'

#: Each user has the role of that name in each of the projects.
USERS = ('admin', 'member', 'reader')
PROJECTS = ('admin', 'other')

#: The user by whom Cinder asks whose a token is.
SERVICE_USER = 'cinder'
SERVICE_PROJECT = 'service'

_OPTIONS = {
    # What is tested is not how long it takes to try passwords.
    'identity': {'password_hash_rounds': 4},
    # cinder-api keeps in memory what it was told of a token.
    'token': {'expiration': 24 * 3600},
}


class _Process(processes.Process):
    """Keystone's API, under a server of WSGI."""

    def __init__(self, folder, port, config_file):
        super().__init__(folder, 'keystone', 'output', 'keystone.log')
        self._port = port
        self._config = config_file

    def start(self):
        command = [
            sys.executable,
            '-m',
            'cinder_backup_meta.tests.fullstack.serve_keystone',
            str(self._port),
        ]
        self.run(command, OS_KEYSTONE_CONFIG_FILES=self._config)

    def _is_ready(self):
        return processes.answers(
            f'http://127.0.0.1:{self._port}/v3', requests.codes.ok
        )


class Keystone(fixtures.Fixture):
    """A Keystone with users, and with a region for each Cinder.

    :param database: the server of its database
    :ivar url: where it answers
    """

    def __init__(self, database):
        super().__init__()
        self._database = database
        self._tokens = {}

    def _setUp(self):
        self._folder = self.useFixture(fixtures.TempDir()).path
        keeper.add_folder(self._folder)
        self._database.create('keystone')
        port = ports.free()
        self.url = f'http://127.0.0.1:{port}/v3'
        self._config = self._write_config()
        self._bootstrap()
        keystone = _Process(self._folder, port, self._config)
        self.addCleanup(keystone.end)
        keystone.start()
        self._client = client.Client(session=self.session())
        self._add_users()

    def _write_config(self):
        keys = {
            'key_repository': os.path.join(self._folder, 'keys'),
        }
        log = os.path.join(self._folder, 'keystone.log')
        options = {
            'DEFAULT': {'log_file': log},
            'database': {'connection': self._database.url_of('keystone')},
            'fernet_tokens': keys,
            'fernet_receipts': keys,
            **_OPTIONS,
        }
        return config.write(os.path.join(self._folder, 'own.conf'), options)

    def _manage(self, *arguments):
        program = os.path.join(
            os.path.dirname(sys.executable), 'keystone-manage'
        )
        command = [program, '--config-file', self._config, *arguments]
        process.call(command, _MANAGE_TIMEOUT)

    def _bootstrap(self):
        user, group = str(os.getuid()), str(os.getgid())
        self._manage('db_sync')
        self._manage(
            'fernet_setup',
            f'--keystone-user={user}',
            f'--keystone-group={group}',
        )
        self._manage(
            'bootstrap',
            f'--bootstrap-password={PASSWORD}',
            f'--bootstrap-region-id={REGION}',
            f'--bootstrap-admin-url={self.url}',
            f'--bootstrap-internal-url={self.url}',
            f'--bootstrap-public-url={self.url}',
        )

    def _add_users(self):
        """Make what bootstrap does not: it makes admin in admin."""
        projects = [
            self._project(name) for name in (*PROJECTS, SERVICE_PROJECT)
        ]
        for name in USERS:
            for project in projects[:-1]:
                self._grant(name, name, project)
        self._grant(SERVICE_USER, 'service', projects[-1])
        self._service = self._client.services.create(
            'cinder', type='block-storage'
        )

    def _project(self, name):
        found = self._client.projects.list(name=name)
        return (
            found[0] if found else self._client.projects.create(name, DOMAIN)
        )

    def _grant(self, user_name, role_name, project):
        found = self._client.users.list(name=user_name)
        user = (
            found[0]
            if found
            else self._client.users.create(
                user_name, DOMAIN, password=PASSWORD
            )
        )
        [role] = self._client.roles.list(name=role_name)
        self._client.roles.grant(role, user=user, project=project)

    # Who asks

    def session(self, user='admin', project='admin'):
        """Return keystoneauth's session for a user in a project."""
        return session.Session(
            v3.Password(
                self.url,
                username=user,
                password=PASSWORD,
                user_domain_id=DOMAIN,
                project_name=project,
                project_domain_id=DOMAIN,
            )
        )

    def token(self, user='admin', project='admin'):
        """Return a token; the same one each time."""
        key = (user, project)
        if key not in self._tokens:
            self._tokens[key] = self.session(user, project).get_token()
        return self._tokens[key]

    def project_id(self, name):
        """Return the id of a project."""
        [found] = self._client.projects.list(name=name)
        return found.id

    # Cinder

    def add_region(self, name, endpoint):
        """Make a Cinder known, in a region of its own.

        :param endpoint: its URL, without a path
        """
        region = self._client.regions.create(name)
        [keystone] = self._client.services.list(type='identity')
        for service, url in (
            # As where several regions share one Keystone.
            (keystone, self.url),
            (self._service, f'{endpoint}/v3'),
        ):
            self._client.endpoints.create(service, url, 'public', region)

    def options(self):
        """Return what Cinder's configuration says of it."""
        return {
            'DEFAULT': {'auth_strategy': 'keystone'},
            'keystone_authtoken': {
                'auth_type': 'password',
                'auth_url': self.url,
                'www_authenticate_uri': self.url,
                'username': SERVICE_USER,
                'password': PASSWORD,
                'user_domain_id': DOMAIN,
                'project_name': SERVICE_PROJECT,
                'project_domain_id': DOMAIN,
            },
        }

    def openrc(self, region, user='admin', project='admin'):
        """Return the environment variables for the clients."""
        return {
            'OS_AUTH_URL': self.url,
            'OS_IDENTITY_API_VERSION': '3',
            'OS_USERNAME': user,
            'OS_PASSWORD': PASSWORD,
            'OS_USER_DOMAIN_ID': DOMAIN,
            'OS_PROJECT_NAME': project,
            'OS_PROJECT_DOMAIN_ID': DOMAIN,
            'OS_REGION_NAME': region,
        }


@functools.cache
def shared():
    """Return a Keystone that is there until the end of this process."""
    keystone = Keystone(servers.shared().database)
    keystone.setUp()
    atexit.register(keystone.cleanUp)
    return keystone
