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

"""Swift, by Cinder's driver and swiftclient against the real servers."""

import pathlib
import subprocess
import sys

from cinder.backup.drivers import swift as cinder_swift
from cinder import context
from cinder import service_auth
import fixtures
from keystoneauth1 import loading
from keystoneauth1 import token_endpoint
from swiftclient import client
import testscenarios

from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading as repository_loading
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import locations
from cinder_backup_meta.tests.unit.repositories import storage

load_tests = testscenarios.load_tests_apply_scenarios

SERVER = pathlib.Path(__file__).with_name('swift_server.py')
DRIVER = 'cinder.backup.drivers.swift.SwiftBackupDriver'


class TestExistence(storage.ExistenceTests, storage.StorageTestCase):
    class_path = DRIVER
    options = {
        'backup_swift_object_size': storage.CHUNK,
        'backup_swift_block_size': storage.BLOCK,
        'backup_swift_enable_progress_timer': False,
        'backup_swift_retry_attempts': 0,
    }

    def start_storage(self):
        folder = self.useFixture(fixtures.TempDir()).path
        log = pathlib.Path(folder, 'log')
        with log.open('w') as stream:
            self.server = subprocess.Popen(
                [sys.executable, '-W', 'ignore', SERVER, folder],
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            )
        self.addCleanup(self.stop_storage)
        port = self.server.stdout.readline().strip()
        self.assertTrue(port, log.read_text())
        url = f'http://127.0.0.1:{port}/v1/AUTH_'
        self.config.config(backup_swift_url=url)

    def make_driver(self):
        self.context.auth_token = 'token'
        return cinder_swift.SwiftBackupDriver(self.context)

    def stop_storage(self):
        self.server.kill()
        self.server.wait()
        self.server.stdout.close()

    def count_listings(self):
        listings = []
        get_container = client.Connection.get_container

        def count(connection, container, **request):
            if not request['marker']:
                listings.append(container)
            return get_container(connection, container, **request)

        self.useFixture(
            fixtures.MockPatchObject(client.Connection, 'get_container', count)
        )
        return listings

    def test_listing_of_more_than_one_page(self):
        record = self.backup()
        get_container = client.Connection.get_container
        pages = []

        def one_at_a_time(connection, container, **request):
            answer = get_container(connection, container, limit=1, **request)
            pages.append(answer[1])
            return answer

        self.useFixture(
            fixtures.MockPatchObject(
                client.Connection, 'get_container', one_at_a_time
            )
        )
        self.assertComplete(record)
        self.assertEqual([1, 1, 1, 1, 0], [len(page) for page in pages])

    def test_container_that_nobody_may_read(self):
        record = self.backup()
        record.container = 'forbidden'
        fault = self.repository.find_faults([record])[record.id]
        self.assertEqual(reasons.Reason.DATA_UNREADABLE, fault.code)
        self.assertIn('403', str(fault))

    def test_threads_have_connections_of_their_own(self):
        records = [self.backup(data=b'1') for _number in range(8)]
        connections = {self.driver.conn: self.driver.conn.http_conn[1]}
        get_object = client.Connection.get_object

        def count(connection, *args, **kwargs):
            answer = get_object(connection, *args, **kwargs)
            connections[connection] = connection.http_conn[1]
            return answer

        self.useFixture(
            fixtures.MockPatchObject(client.Connection, 'get_object', count)
        )
        self.assertEqual({}, self.find_missing(records))
        self.assertGreater(len(connections), 1)
        self.assertEqual(len(connections), len(set(connections.values())))


def set_service_user(test, token='service', plugin=None):
    """Configure the service user of Cinder with a token of its own.

    Keystone itself is left out: the plugin has the token from the options.
    """
    test.config.register_opts(
        loading.get_auth_plugin_conf_options('admin_token'),
        group='service_user',
    )
    test.config.config(
        group='service_user',
        send_service_user_token=True,
        auth_type='admin_token',
        endpoint='http://127.0.0.1:1',
        token=token,
    )
    for name, value in (('_SERVICE_AUTH', plugin), ('_SERVICE_SESSION', None)):
        test.useFixture(
            fixtures.MonkeyPatch(f'{service_auth.__name__}.{name}', value)
        )


class Catalog(token_endpoint.Token):
    """A plugin that has a project and a catalog, as Keystone's have."""

    def get_project_id(self, session, **kwargs):
        return 'services'


class TestAccounts(storage.StorageTestCase):
    """Each project's backups are in the project's own account."""

    class_path = DRIVER
    options = TestExistence.options
    start_storage = TestExistence.start_storage
    stop_storage = TestExistence.stop_storage

    def make_driver(self):
        # Writes into the account of project-1.
        self.context.auth_token = 'of-project-1'
        return cinder_swift.SwiftBackupDriver(self.context)

    def repository_of(self, project_id='admin', token='of-admin'):
        """Return the repository for the request of a project."""
        found = drivers.Instances(DRIVER)
        return repository_loading.load(
            found,
            context.RequestContext(
                'user-2', project_id, auth_token=token, is_admin=True
            ),
        )

    def look(self, *records, **request):
        found = self.repository_of(**request).find_faults(records)
        return {
            backup_id: str(fault.code) for backup_id, fault in found.items()
        }

    def assertNotLookedAt(self, text, record, **request):
        found = self.repository_of(**request).find_faults([record])
        fault = found[record.id]
        self.assertEqual(reasons.Reason.DATA_NOT_LOOKED_AT, fault.code)
        self.assertIn(text, str(fault))
        self.assertIn('verify set to none', str(fault))

    def test_own_account(self):
        record = self.backup()
        request = {'project_id': 'project-1', 'token': 'of-project-1'}
        self.assertEqual({}, self.look(record, **request))
        self.remove(record, '-00001')
        self.assertEqual(
            {record.id: 'data_missing'}, self.look(record, **request)
        )

    def test_other_account_without_a_service_user(self):
        record = self.backup()
        self.assertNotLookedAt('send_service_user_token', record)
        # A command has no token at all.
        nobody = {'project_id': None, 'token': None}
        self.assertNotLookedAt('send_service_user_token', record, **nobody)
        nobody['project_id'] = 'project-1'
        self.assertNotLookedAt('send_service_user_token', record, **nobody)

    def test_other_account(self):
        record, lost = self.backup(), self.backup()
        elsewhere = self.backup(container='elsewhere')
        self.remove(lost, '-00001')
        set_service_user(self)
        never = self.backup(container='another')
        never.container = 'never-made'
        self.assertEqual(
            {lost.id: 'data_missing', never.id: 'data_missing'},
            self.look(record, lost, elsewhere, never),
        )
        # It is that of the project which has the backup or is to have it.
        record.project_id = 'project-2'
        self.assertEqual({record.id: 'data_missing'}, self.look(record))

    def test_own_and_other_accounts(self):
        record, mine, other = self.backup(), self.backup(), self.backup()
        mine.project_id, other.project_id = 'admin', 'project-2'
        set_service_user(self)
        found = self.look(record, mine, other)
        self.assertEqual({mine.id, other.id}, set(found))

    def test_service_user_that_may_not_open_it(self):
        record = self.backup()
        for token, status in (('of-services', '403'), ('expired', '401')):
            set_service_user(self, token)
            self.assertNotLookedAt(f'{status} to the service user', record)

    def test_service_user_that_cannot_sign_in(self):
        record = self.backup()
        set_service_user(self)
        self.config.config(group='service_user', auth_type='no-such-plugin')
        self.assertNotLookedAt('cannot be authenticated', record)

    def test_project_that_is_not_known(self):
        record = self.backup()
        set_service_user(self)
        record.project_id = None
        self.assertNotLookedAt('not known whose account', record)

    def test_account_in_the_catalog(self):
        record = self.backup()
        url = self.config.conf.backup_swift_url
        self.config.config(backup_swift_url=None)
        set_service_user(self, plugin=Catalog(f'{url}services', 'service'))
        self.assertEqual({}, self.look(record))
        # Not an account of the project of the service user.
        set_service_user(self, plugin=Catalog(f'{url}other', 'service'))
        self.assertNotLookedAt('set backup_swift_url', record)
        set_service_user(self, plugin=Catalog(None, 'service'))
        self.assertNotLookedAt('set backup_swift_url', record)

    def test_storage_that_is_away(self):
        record = self.backup()
        set_service_user(self)
        self.stop_storage()
        self.assertEqual({record.id: 'data_unreadable'}, self.look(record))

    def test_only_the_own_account_is_listed_and_read(self):
        repository = self.repository_of('project-1', 'of-project-1')
        self.assertIs(repository, repository.listing)
        self.assertIsNotNone(repository.storage)
        self.assertIsNone(self.repository_of(token=None).listing)
        self.assertIsNone(self.repository_of(token=None).storage)

    def test_single_account(self):
        # Whoever asks, all projects' backups are where the options say.
        record = self.backup()
        self.config.config(backup_swift_auth='single_user')
        repository = fixed.repository(
            self.driver, DRIVER, context.get_admin_context()
        )
        self.assertEqual({}, repository.find_faults([record]))
        self.assertIs(repository, repository.listing)
        self.assertIsNotNone(repository.storage)


class LocationTestCase(locations.LocationTestCase):
    class_path = DRIVER
    values = {
        'container': 'volumebackups',
        'service_metadata': locations.OBJECT_PREFIX,
    }


class TestRefused(locations.RefusedTests, LocationTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            *locations.NO_TEXT,
            ('an absolute path', '/etc'),
            ('the parent', '..'),
            ('a dot', '.'),
            ('a path', 'container/object'),
            ('a path out', 'container/../other'),
            ('another account', '../AUTH_other/container'),
            ('a slash at the end', 'container/'),
            ('more bytes than Swift takes', '\xe4' * 129),
        ],
    ) + locations.scenarios('service_metadata', locations.object_prefixes())


class TestCopy(locations.CopyTests, LocationTestCase):
    pass


class TestAccepted(locations.AcceptedTests, LocationTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            ('the default', 'volumebackups'),
            ('all that Swift allows', 'My back-ups? *100%* \xfc#;\\'),
            ('the longest', 'c' * 255),
            ('the longest beyond ASCII', '\xe4' * 128),
        ],
    ) + locations.scenarios(
        'service_metadata', locations.own_object_prefixes()
    )
