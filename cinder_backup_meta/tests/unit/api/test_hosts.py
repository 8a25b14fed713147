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

import collections
import datetime

from cinder.backup import api as cinder_api
from cinder import objects as cinder_objects
import oslo_messaging as messaging
from oslo_utils import timeutils

from cinder_backup_meta.api import hosts
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta import rpcapi
from cinder_backup_meta.tests.unit import base


class TestLive(base.DatabaseTestCase):
    """What stands in Cinder's table of services."""

    def setUp(self):
        super().setUp()
        cinder_objects.register_all()
        now = timeutils.utcnow()
        self._service('up', now)
        self._service('disabled', now, disabled=True)
        self._service('down', now - datetime.timedelta(hours=1))
        self._service('other', now, topic='cinder-volume')

    def _service(self, host, heartbeat, topic='cinder-backup', **values):
        service = cinder_objects.Service(
            self.context, host=host, binary=topic, topic=topic, **values
        )
        service.create()
        service.updated_at = heartbeat
        service.save()

    def test_enabled_and_up_as_cinder_sees_it(self):
        live_hosts = hosts.Hosts.__new__(hosts.Hosts)
        self.assertEqual('up', live_hosts.ask(self._answer)[0])
        asked = live_hosts.begin()
        asked.ask(self._answer)
        # There is no other.
        self.assertRaises(exception.NoHost, asked.ask, self._answer)
        cinders = cinder_api.API.__new__(cinder_api.API)
        self.assertEqual(['up'], cinders._list_backup_hosts())

    def _answer(self, host):
        return objects.BackupRecordOutcome.done(
            self.context, backup_service='driver'
        )

    def test_next_round_sees_what_has_changed(self):
        live_hosts = hosts.Hosts.__new__(hosts.Hosts)
        for service in cinder_objects.ServiceList.get_all(self.context):
            service.disabled = True
            service.save()
        error = self.assertRaises(
            exception.NoHost, live_hosts.ask, self._answer
        )
        self.assertIn('cinder service-list', str(error))


class TestInTurn(base.TestCase):
    def test_every_host_once(self):
        self.assertEqual(
            ['a', 'b', 'c'], sorted(hosts.in_turn(['a', 'b', 'c']))
        )

    def test_each_host_is_first_at_times(self):
        first = collections.Counter(
            hosts.in_turn(['a', 'b', 'c'])[0] for _ in range(600)
        )
        self.assertEqual({'a', 'b', 'c'}, set(first))
        self.assertLess(100, min(first.values()))

    def test_begin_with(self):
        for _ in range(20):
            self.assertEqual('b', hosts.in_turn(['a', 'b', 'c'], first='b')[0])

    def test_begin_with_one_that_is_not_there(self):
        self.assertEqual(['a'], hosts.in_turn(['a'], first='gone'))


class TestAsk(base.TestCase):
    def setUp(self):
        super().setUp()
        self.called = []

    def _done(self):
        return objects.BackupRecordOutcome.done(
            self.context, backup_service='driver'
        )

    def _refused(self, code):
        return objects.BackupRecordOutcome.refused(
            self.context,
            exception.Refused(code, 'because'),
            backup_service='driver',
        )

    def _ask(self, **answers):
        def call(host):
            self.called.append(host)
            if isinstance(answers[host], Exception):
                raise answers[host]
            return answers[host]

        return hosts.Round(sorted(answers)).ask(call)

    def test_first_answer_counts(self):
        done = self._done()
        self.assertEqual(('a', done), self._ask(a=done, b=self._done()))
        self.assertEqual(['a'], self.called)

    def test_refusal_is_an_answer(self):
        refused = self._refused(reasons.Reason.BACKUP_EXISTS)
        error = self.assertRaises(
            exception.Refused, self._ask, a=refused, b=self._done()
        )
        self.assertIs(reasons.Reason.BACKUP_EXISTS, error.code)
        self.assertEqual('because', error.kwargs['detail'])
        self.assertEqual(['a'], self.called)

    def test_next_host(self):
        done = self._done()
        host, outcome = self._ask(
            a=self._refused(reasons.Reason.SERVICE_MISMATCH),
            b=self._refused(reasons.Reason.HOST_FAILED),
            c=messaging.MessagingTimeout(),
            d=messaging.UnsupportedVersion('1.0'),
            e=done,
        )
        self.assertEqual(('e', done), (host, outcome))
        self.assertEqual(['a', 'b', 'c', 'd', 'e'], self.called)

    def test_nobody(self):
        error = self.assertRaises(
            exception.NoHost,
            self._ask,
            a=self._refused(reasons.Reason.SERVICE_MISMATCH),
            b=messaging.MessagingTimeout(),
            c=messaging.UnsupportedVersion('1.0'),
        )
        self.assertIn('a: because [service_mismatch].', str(error))
        self.assertIn('b: did not answer in time', str(error))
        self.assertIn('c: does not have the plugin', str(error))

    def test_no_hosts_at_all(self):
        error = self.assertRaises(exception.NoHost, self._ask)
        self.assertIn('cinder service-list', str(error))

    def test_no_other_host_without_a_broker(self):
        for error in (
            rpcapi.BrokerUnavailable(seconds=60),
            rpcapi.TooManyCalls(),
        ):
            self.called = []
            raised = self.assertRaises(
                exception.NoHost, self._ask, a=error, b=self._done()
            )
            self.assertEqual(['a'], self.called)
            self.assertIn(str(error), str(raised))

    def test_all_hosts_together_have_the_time_of_one_request(self):
        self.config.config(group='backup_meta', rpc_timeout=90)
        times = []

        def call(host):
            times.append(deadlines.remaining())
            raise messaging.MessagingTimeout

        asked = hosts.Round(['a', 'b', 'c'])
        self.assertRaises(exception.NoHost, asked.ask, call)
        # The clock goes on, if only a little.
        for limit, left in zip((60, 60, 90), times, strict=True):
            self.assertGreaterEqual(limit, left)
        # There is nothing left to ask, nor time.
        asked = hosts.Round(['a', 'b'])
        asked._ends_at -= 90
        self.assertRaises(exception.NoHost, asked.ask, call)
        self.assertEqual(3, len(times))
