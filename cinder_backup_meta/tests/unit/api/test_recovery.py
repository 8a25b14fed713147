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

"""Which hosts are asked to recover a page."""

import oslo_messaging as messaging

from cinder_backup_meta.api import recovery
from cinder_backup_meta.tests.unit.api import base


class TestRecover(base.TestCase):
    def _recover(self, hosts):
        api = recovery.Recovery(self.hosts(hosts))
        page = api.recover_records(self.context, 9, 'marker', {})
        self.assertEqual(('marker', 9), (page.next_marker, page.examined))
        return {
            item['id']: item['reason'] or item['result'] for item in page.items
        }

    def test_hosts_with_other_drivers_are_asked_for_theirs(self):
        hosts = base.Fleet(one='a', two='x', three='b')
        self.assertEqual(
            {'a': 'created', 'b': 'created', 'z': 'service_mismatch'},
            self._recover(hosts),
        )
        self.assertEqual(
            [('one', None), ('two', ['b', 'z']), ('three', ['b', 'z'])],
            hosts.asked,
        )

    def test_hosts_that_are_gone(self):
        gone = messaging.MessagingTimeout()
        hosts = base.Fleet(one=gone, two='a', three=gone)
        self.assertEqual(
            {'a': 'created', 'b': 'service_mismatch', 'z': 'service_mismatch'},
            self._recover(hosts),
        )
