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

import hashlib
import threading

from cinder import exception as cinder_exception
from cinder import rpc
import fixtures
from oslo_messaging import conffixture
from oslo_messaging.notify import _impl_test

from cinder_backup_meta.api import audit
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit import base


class TestTrail(base.TestCase):
    """With Cinder's real notifier and oslo.messaging's driver for tests."""

    def setUp(self):
        super().setUp()
        self.logger = self.useFixture(fixtures.FakeLogger(level=10))
        messaging = self.useFixture(conffixture.ConfFixture(base.CONF))
        messaging.transport_url = 'fake:/'
        self.config.config(
            group='oslo_messaging_notifications', driver=['test']
        )
        rpc.init(base.CONF)
        self.addCleanup(rpc.cleanup)
        _impl_test.reset()
        self.addCleanup(_impl_test.reset)
        self.context.remote_address = '192.0.2.7'

    def _sent(self):
        sent = [message for _c, message, _p, _r in _impl_test.NOTIFICATIONS]
        _impl_test.reset()
        return sent

    def _run(self, error=None, action='import', **values):
        event = audit.RecordEvent(action)
        with audit.trail(self.context, event):
            for name, value in values.items():
                setattr(event, name, value)
            if error:
                raise error

    def test_granted(self):
        self._run(backup_id='id-1', record='cmVjb3Jk', host='host-1')
        [message] = self._sent()
        self.assertEqual('backup_record.import', message['event_type'])
        self.assertEqual(
            {
                'backup_id': 'id-1',
                'user_id': 'user-1',
                'project_id': 'project-1',
                'remote_address': '192.0.2.7',
                'host': 'host-1',
                'record_sha256': hashlib.sha256(b'cmVjb3Jk').hexdigest(),
                'outcome': 'granted',
            },
            message['payload'],
        )

    def test_pages(self):
        log = self.useFixture(fixtures.FakeLogger(level=20))
        event = audit.PageEvent('import')
        with audit.trail(self.context, event):
            event.records = ['cmVj', 'b3Jk']
            event.backup_ids = ['id-1']
            event.host = 'host-1'
            event.dry_run = True
        [message] = self._sent()
        self.assertEqual('backup_records.import', message['event_type'])
        self.assertEqual(
            {
                'backup_ids': ['id-1'],
                'dry_run': True,
                'user_id': 'user-1',
                'project_id': 'project-1',
                'remote_address': '192.0.2.7',
                'host': 'host-1',
                'records_sha256': hashlib.sha256(b'cmVj\nb3Jk\n').hexdigest(),
                'outcome': 'granted',
            },
            message['payload'],
        )
        self.assertEqual(
            'Import (dry run) of the records of 1 backups by user user-1 of '
            'project project-1 from 192.0.2.7: granted\n',
            log.output,
        )

    def test_one_line_and_no_record(self):
        log = self.useFixture(
            fixtures.FakeLogger(level=20, format='%(levelname)s %(message)s')
        )
        self._run(backup_id='id-1', record='cmVjb3Jk')
        self.assertEqual(
            'INFO Import of the record of backup id-1 by user user-1 of '
            'project project-1 from 192.0.2.7: granted\n',
            log.output,
        )

    def test_digest_at_debug(self):
        log = self.useFixture(fixtures.FakeLogger(level=10))
        self._run(record='cmVjb3Jk')
        self.assertIn(hashlib.sha256(b'cmVjb3Jk').hexdigest(), log.output)
        self.assertNotIn('cmVjb3Jk', log.output)

    def _outcome_of(self, error):
        self.assertRaises(type(error), self._run, error)
        [message] = self._sent()
        return message['payload']['outcome']

    def test_refusals(self):
        self.assertEqual(
            'parent_missing',
            self._outcome_of(
                exception.Refused(reasons.Reason.PARENT_MISSING, 'x')
            ),
        )
        self.assertEqual(
            'not_authorized',
            self._outcome_of(cinder_exception.PolicyNotAuthorized(action='x')),
        )
        self.assertEqual(
            'backup_not_found',
            self._outcome_of(cinder_exception.BackupNotFound(backup_id='x')),
        )
        self.assertEqual(
            'no_host', self._outcome_of(exception.NoHost(hosts=''))
        )
        self.assertEqual('failed', self._outcome_of(ValueError('x')))

    def test_record_that_is_no_text(self):
        self._run(record='\ud800')
        [message] = self._sent()
        self.assertEqual(64, len(message['payload']['record_sha256']))

    def test_a_notifier_that_fails_is_not_the_requests_business(self):
        rpc.cleanup()
        self._run(backup_id='id-1')
        rpc.init(base.CONF)
        self.assertIn('cannot be sent', self.logger.output)

    def test_broker_that_takes_nothing(self):
        # Notifier and broker are stand-ins: see test_rpcapi.
        released, sent = threading.Event(), threading.Event()
        self.addCleanup(released.set)

        class Notifier:
            def info(self, *args):
                released.wait(300)
                sent.set()

        self.patch(audit, '_PATIENCE', 0.05)
        self.patch(rpc, 'get_notifier', lambda service: Notifier())
        self._run(backup_id='id-1')
        self.assertIn('backup_record.import is late', self.logger.output)
        # Nothing is lost if the broker comes back.
        released.set()
        self.assertTrue(sent.wait(300))
