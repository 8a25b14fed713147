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

import threading

import oslo_messaging as messaging
import testtools

from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta import deadlines
from cinder_backup_meta import rpcapi
from cinder_backup_meta.tests.unit import base


# Of 300 seconds, a host has a second less to answer and nine tenths to write.
GIVEN = 0.9 * 299


class TestUnsupportedVersion(testtools.TestCase):
    """What a broker makes of the exceptions of a host."""

    def _raise(self, error):
        with rpcapi.unsupported_version_raised():
            raise error

    def test_method_that_the_host_does_not_know(self):
        for error in (
            messaging.UnsupportedVersion('1.0', method='export_record'),
            messaging.RemoteError(
                'UnsupportedVersion', 'Endpoint does not support', 'traceback'
            ),
        ):
            self.assertRaises(messaging.UnsupportedVersion, self._raise, error)

    def test_other_exceptions(self):
        for error in (
            messaging.RemoteError('KeyError', 'id', 'traceback'),
            messaging.MessagingTimeout('late'),
        ):
            self.assertIs(
                error,
                self.assertRaises(type(error), self._raise, error),
            )


class TestTime(base.DatabaseTestCase):
    """What is raised where the broker takes no message, or too many wait.

    The client is a stand-in: that of oslo.messaging would try to reach the
    broker for the rest of the process. The full stack has the real one.
    """

    def setUp(self):
        super().setUp()
        self.released = threading.Event()
        self.addCleanup(self.released.set)
        self.calls = []
        self.api = rpcapi.BackupMetaAPI.__new__(rpcapi.BackupMetaAPI)
        self.api.client = self
        for name in ('_reads', '_others'):
            slots = deadlines.Slots(lambda: 1, patience=0.01)
            self.patch(rpcapi, name, slots)
        self.config.config(group='backup_meta', rpc_timeout=1)

    def prepare(self, **values):
        self.prepared = values
        return self

    def call(self, context, method, **arguments):
        self.calls.append((method, arguments))
        self.released.wait(300)

    def _status(self):
        return self.api.catalog_status(self.context, 'host-1')

    def _release(self):
        return self.api.release(self.context, 'host-1', 'an id')

    def test_broker_that_takes_nothing(self):
        error = self.assertRaises(rpcapi.BrokerUnavailable, self._status)
        self.assertIn('transport_url', str(error))
        self.assertIn('within 1 seconds', str(error))

    def test_too_many(self):
        self.assertRaises(rpcapi.BrokerUnavailable, self._status)
        self.assertRaises(rpcapi.TooManyCalls, self._status)
        # Reading takes nothing away from what writes.
        self.assertRaises(rpcapi.BrokerUnavailable, self._release)
        self.assertRaises(rpcapi.TooManyCalls, self._release)

    def test_what_is_left_of_the_request(self):
        self.released.set()
        self.config.config(group='backup_meta', rpc_timeout=300)
        with deadlines.within(10):
            self._status()
        self.assertGreater(10, self.prepared['timeout'])
        self._status()
        self.assertEqual(299, self.prepared['timeout'])

    def test_end_by_the_clock_of_the_database(self):
        self.released.set()
        self.config.config(group='backup_meta', rpc_timeout=300)
        self.patch(server_clock, '_CLOCK', server_clock.ServerClock())
        before = server_clock.now(self.context)
        self._release()
        after = server_clock.now(self.context)
        [(_method, arguments)] = self.calls
        self.assertLessEqual(before + GIVEN, arguments['expires_at'])
        self.assertLessEqual(arguments['expires_at'], after + GIVEN)
