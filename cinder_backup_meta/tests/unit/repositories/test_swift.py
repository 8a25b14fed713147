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
import fixtures
from swiftclient import client
import testscenarios

from cinder_backup_meta import reasons
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
