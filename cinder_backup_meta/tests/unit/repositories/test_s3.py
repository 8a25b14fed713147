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

"""S3, by Cinder's driver and boto3 against the server of moto."""

import logging

from botocore import exceptions
from cinder.backup.drivers import s3 as cinder_s3
import fixtures
import moto.server
import testscenarios

from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.repositories import locations
from cinder_backup_meta.tests.unit.repositories import storage

load_tests = testscenarios.load_tests_apply_scenarios

DRIVER = 'cinder.backup.drivers.s3.S3BackupDriver'


class TestExistence(storage.ExistenceTests, storage.StorageTestCase):
    class_path = DRIVER
    options = {
        'backup_s3_object_size': storage.CHUNK,
        'backup_s3_block_size': storage.BLOCK,
        'backup_s3_enable_progress_timer': False,
        'backup_s3_store_access_key': 'key',
        'backup_s3_store_secret_key': 'secret',
        'backup_s3_retry_max_attempts': 1,
        'backup_s3_timeout': 5,
    }

    def start_storage(self):
        self.useFixture(fixtures.FakeLogger('werkzeug', logging.ERROR))
        self.server = moto.server.ThreadedMotoServer(
            '127.0.0.1', 0, verbose=False
        )
        self.server.start()
        self.addCleanup(self.stop_storage)
        host, port = self.server.get_host_and_port()
        self.config.config(backup_s3_endpoint_url=f'http://{host}:{port}')

    def make_driver(self):
        return cinder_s3.S3BackupDriver(self.context)

    def stop_storage(self):
        if self.server:
            self.server.stop()
            self.server = None

    def count_listings(self):
        listings = []
        self.driver.conn.meta.events.register(
            'before-call.s3.ListObjectsV2',
            lambda **request: listings.append(request),
        )
        return listings

    def test_listing_of_more_than_one_page(self):
        record = self.backup()
        get_paginator = self.driver.conn.get_paginator

        def one_at_a_time(operation):
            paginator = get_paginator(operation)
            paginate = paginator.paginate
            paginator.paginate = lambda **request: paginate(
                PaginationConfig={'PageSize': 1}, **request
            )
            return paginator

        self.useFixture(
            fixtures.MockPatchObject(
                self.driver.conn, 'get_paginator', one_at_a_time
            )
        )
        listings = self.count_listings()
        self.assertComplete(record)
        self.assertEqual(4, len(listings))

    def test_error_that_is_not_of_a_missing_bucket(self):
        record = self.backup()

        def deny(**_request):
            response = {'Error': {'Code': 'AccessDenied', 'Message': 'No'}}
            raise exceptions.ClientError(response, 'ListObjectsV2')

        self.driver.conn.meta.events.register(
            'before-call.s3.ListObjectsV2', deny
        )
        fault = self.repository.find_faults([record])[record.id]
        self.assertEqual(reasons.Reason.DATA_UNREADABLE, fault.code)
        self.assertIn('AccessDenied', str(fault))


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
            ('a path', 'bucket/folder'),
            ('a path out', 'bucket/../other'),
            ('dots in a row', 'a..b'),
            ('an access point', 'arn:aws:s3:eu-west-1:1:accesspoint/mine'),
            ('a query', 'bucket?acl'),
            ('a fragment', 'bucket#1'),
            ('an escape', 'bucket%2f'),
            ('a wildcard', 'bucket*'),
            ('two letters', 'ab'),
            ('a hyphen in front', '-bucket'),
            ('a dot in front', '.bucket'),
            ('a space', 'my bucket'),
            ('a letter beyond ASCII', 'b\xfccket'),
            ('a letter of full width', '\uff42ucket'),
        ],
    ) + locations.scenarios('service_metadata', locations.object_prefixes())


class TestCopy(locations.CopyTests, LocationTestCase):
    pass


class TestAccepted(locations.AcceptedTests, LocationTestCase):
    scenarios = locations.scenarios(
        'container',
        [
            ('the default', 'volumebackups'),
            ('dots and hyphens', 'backups.example-1.org'),
            ('what old buckets may have', 'Cinder_Backups'),
            ('the longest', 'b' * 63),
        ],
    ) + locations.scenarios(
        'service_metadata', locations.own_object_prefixes()
    )
