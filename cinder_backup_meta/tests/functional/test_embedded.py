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

"""The embedded control plane at work."""

import concurrent.futures
import json
import os
import sys
import threading
import time
import unittest

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import process

_DATABASE_ERRORS = (
    'database is locked',
    'sqlite3.',
    'DBError',
    'DBDeadlock',
    'DBConnectionError',
)
_OPENSTACK = os.path.join(os.path.dirname(sys.executable), 'openstack')


class TestClients(base.FunctionalTestCase):
    """The unmodified clients, by the openrc of the state folder."""

    def test_cinder(self):
        volume_id = self.cloud.create_volume(name='by hand')
        _code, output, error = self.cloud.cinder('list')
        self.assertIn(volume_id, output)
        self.assertIn('by hand', output)
        self.assertEqual('', error)

    def test_cinder_tells_an_error(self):
        code, _output, error = self.cloud.cinder(
            'show', 'no-such-volume', check=False
        )
        self.assertEqual(1, code)
        self.assertIn("No volume with a name or ID of 'no-such-volume'", error)

    def test_cinder_client_in_python(self):
        volume_id = self.cloud.create_volume()
        self.assertEqual(
            'available', self.cloud.client().volumes.get(volume_id).status
        )

    @unittest.skipUnless(os.path.exists(_OPENSTACK), 'no openstackclient')
    def test_openstack(self):
        volume_id = self.cloud.create_volume(name='by hand')
        _code, output, _error = self.cloud.openstack(
            'volume', 'list', '-f', 'json'
        )
        self.assertEqual(
            ['by hand'],
            [
                volume['Name']
                for volume in json.loads(output)
                if volume['ID'] == volume_id
            ],
        )

    @unittest.skipUnless(os.path.exists(_OPENSTACK), 'no openstackclient')
    def test_openstack_by_options(self):
        _code, output, _error = self.cloud.openstack(
            '--os-cloud',
            '',
            '--os-auth-type',
            'admin_token',
            '--os-token',
            'admin:admin',
            '--os-endpoint',
            f'{self.cloud.endpoint}/v3',
            'volume',
            'service',
            'list',
            '-f',
            'json',
        )
        self.assertEqual(
            {'up'}, {each['State'] for each in json.loads(output)}
        )

    def test_versions_are_told_without_a_token(self):
        for path in ('/', '/v3', '/v3/'):
            response = self.cloud.request('GET', path, token=None)
            self.assertIn(response.status_code, (200, 300))
            self.assertEqual('3.71', response.json()['versions'][0]['version'])


class TestTokens(base.FunctionalTestCase):
    """A token says who one is, and with a third part, in which roles."""

    def _status(self, token, path, method='GET', **arguments):
        return self.cloud.request(
            method, path, token=token, **arguments
        ).status_code

    def test_two_parts_are_an_administrator(self):
        self.assertEqual(200, self._status('eve:demo', '/v3/os-services'))

    def test_role_admin(self):
        self.assertEqual(
            200, self._status('eve:demo:admin', '/v3/os-services')
        )

    def test_lesser_roles(self):
        for role in ('member', 'reader', 'no-such-role', ''):
            self.assertEqual(
                403, self._status(f'eve:demo:{role}', '/v3/os-services')
            )

    def test_no_role(self):
        self.assertEqual(403, self._status('eve:demo:', '/v3/volumes'))

    def test_several_roles(self):
        token = 'eve:demo:reader,admin'
        self.assertEqual(200, self._status(token, '/v3/os-services'))

    def test_member_writes_and_reader_does_not(self):
        body = {'volume': {'size': 1}}
        for role, status in (('member', 202), ('reader', 403)):
            self.assertEqual(
                status,
                self._status(
                    f'eve:demo:{role}', '/v3/volumes', 'POST', json=body
                ),
            )

    def test_projects_do_not_see_each_other(self):
        volume_id = self.cloud.create_volume()
        path = f'/v3/volumes/{volume_id}'
        self.assertEqual(404, self._status('eve:demo:member', path))
        self.assertEqual(200, self._status('eve:admin:member', path))

    def test_project_in_the_url(self):
        for project in (
            'admin',
            'demo',
            'project-1',
            '4c2a5b7e99d04e5d8b0c6a7f1e2d3c4b',
        ):
            path = f'/v3/{project}/volumes/detail'
            self.assertEqual(200, self._status(f'eve:{project}:member', path))
            self.assertEqual(400, self._status('eve:other:member', path))


class TestHeartbeat(base.FunctionalTestCase):
    """All services stay up, several of one kind too."""

    settings = {
        'backup_hosts': ('one', 'two'),
        'config': {
            'DEFAULT': {'report_interval': 1, 'service_down_time': 120}
        },
    }
    _EXPECTED = {
        ('cinder-backup', 'one'),
        ('cinder-backup', 'two'),
        ('cinder-scheduler', 'embedded'),
        ('cinder-volume', 'embedded@files'),
    }

    def _services(self, state):
        found = self.cloud.request('GET', '/v3/os-services').json()['services']
        return {
            (each['binary'], each['host'])
            for each in found
            if each['state'] == state
        }

    def _wait_for_reports(self, number):
        """Wait until each service has reported this often once more."""
        before = self._reports()
        deadline = time.monotonic() + process.START_TIMEOUT
        while any(
            reports - before.get(host, 0) < number
            for host, reports in self._reports().items()
        ):
            self.assertLess(time.monotonic(), deadline, self._reports())
            time.sleep(0.5)

    def _reports(self):
        return {
            row['host']: row['report_count']
            for row in self.cloud.rows('services')
        }

    def test_each_reports_again_and_again(self):
        self._wait_for_reports(5)
        self.assertEqual(self._EXPECTED, self._services('up'))
        self.assertEqual(set(), self._services('down'))

    def _ids(self):
        return {row['host']: row['id'] for row in self.cloud.rows('services')}

    def test_row_comes_back(self):
        before = self._ids()
        self.cloud.execute("DELETE FROM services WHERE host = 'one'")
        deadline = time.monotonic() + process.START_TIMEOUT
        while 'one' not in self._ids():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        # It is reported on, not only made.
        self._wait_for_reports(2)
        self.assertNotEqual(before.pop('one'), self._ids().pop('one'))
        self.assertEqual(self._EXPECTED, self._services('up'))
        self.assertEqual(set(), self._services('down'))
        after = self._ids()
        del after['one']
        self.assertEqual(before, after)


class TestConcurrency(base.FunctionalTestCase):
    """Many writers at once, which SQLite does not take kindly by itself."""

    _THREADS = 8
    _ROUNDS = 3

    def _send(self, method, path, json=None):
        response = self.cloud.request(method, path, json=json)
        self.assertLess(response.status_code, 400, response.text)
        return response

    def _round(self, number):
        volume = self._send(
            'POST', '/v3/volumes', {'volume': {'size': 1}}
        ).json()['volume']
        path = f'/v3/volumes/{volume["id"]}'
        for count in range(5):
            self._send(
                'POST',
                f'{path}/metadata',
                {'metadata': {f'key-{number}': str(count)}},
            )
        self.cloud.wait_for('volume', volume['id'], 'available')
        self._send('PUT', path, {'volume': {'name': f'by {number}'}})
        self._send('DELETE', path)
        self.cloud.wait_for('volume', volume['id'], 'deleted')

    def _work(self, number, start):
        start.wait()
        for _ in range(self._ROUNDS):
            self._round(number)

    def test_writers(self):
        # Ten volumes are the default quota, and must not be in the way.
        start = threading.Barrier(self._THREADS)
        with concurrent.futures.ThreadPoolExecutor(self._THREADS) as pool:
            works = [
                pool.submit(self._work, number, start)
                for number in range(self._THREADS)
            ]
        for work in works:
            work.result()
        # Other errors there may be: Cinder itself trips over a volume that
        # is deleted in the moment it is ready.
        self.assertEqual(
            [],
            [
                line
                for line in self.cloud.log_text().splitlines()
                if any(word in line for word in _DATABASE_ERRORS)
            ],
        )
        # Reading and changing a usage is one step, or it would drift.
        self.assertEqual({}, self._wait_for_no_usage())

    def _usage(self):
        return {
            row['resource']: (row['in_use'], row['reserved'])
            for row in self.cloud.rows('quota_usages')
            if (row['in_use'], row['reserved']) != (0, 0)
        }

    def _wait_for_no_usage(self):
        # Cinder gives the quota back a moment after the volume is gone.
        deadline = time.monotonic() + process.START_TIMEOUT
        while self._usage() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn(
            'volumes',
            {row['resource'] for row in self.cloud.rows('quota_usages')},
        )
        return self._usage()
