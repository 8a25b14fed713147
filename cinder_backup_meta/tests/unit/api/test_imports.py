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

"""Which hosts the records of a page are sent to."""

from cinder import exception as cinder_exception
import oslo_messaging as messaging

from cinder_backup_meta.api import imports
from cinder_backup_meta.tests.unit.api import base


class TestImport(base.TestCase):
    def _import(self, records, hosts, **options):
        api = imports.Imports(self.hosts(hosts))
        page = api.import_records(self.context, records, **options)
        return [item['reason'] or item['result'] for item in page.items], page

    def test_one_host_is_enough(self):
        hosts = base.Fleet(one='a', two='b')
        results, _page = self._import(['a', 'a'], hosts)
        self.assertEqual(['created', 'created'], results)
        self.assertEqual([('one', ['a', 'a'])], hosts.asked)

    def test_others_are_asked_for_the_rest_alone(self):
        hosts = base.Fleet(one='a', two='b', three='c')
        results, page = self._import(['b', 'a', 'c', 'b'], hosts)
        self.assertEqual(['created'] * 4, results)
        self.assertEqual(
            [
                ('one', ['b', 'a', 'c', 'b']),
                ('two', ['b', 'c', 'b']),
                ('three', ['c']),
            ],
            hosts.asked,
        )
        self.assertEqual(['a', 'b', 'c'], page.over_quota)

    def test_what_no_host_takes(self):
        hosts = base.Fleet(one='a', two='a')
        results, _page = self._import(['a', 'z'], hosts)
        self.assertEqual(['created', 'service_mismatch'], results)

    def test_host_that_is_gone_is_passed_over(self):
        gone = messaging.MessagingTimeout()
        hosts = base.Fleet(one=gone, two='a', three=gone, four='b')
        results, _page = self._import(['b', 'a'], hosts)
        self.assertEqual(['created', 'created'], results)

    def test_host_that_goes_meanwhile_costs_its_own_records_only(self):
        hosts = base.Fleet(one='a', two=messaging.MessagingTimeout())
        results, _page = self._import(['b', 'a'], hosts)
        self.assertEqual(['service_mismatch', 'created'], results)

    def test_older_hosts_only(self):
        hosts = base.Fleet(one=messaging.UnsupportedVersion('1.1'))
        error = self.assertRaises(
            cinder_exception.ServiceNotFound, self._import, ['a'], hosts
        )
        self.assertEqual(503, error.code)
        self.assertIn('older version', error.msg)

    def test_page_that_must_not_be_parted_goes_to_one_host(self):
        hosts = base.Fleet(one='a', two='b')
        results, _page = self._import(['b', 'b'], hosts, on_conflict='fail')
        self.assertEqual(['created', 'created'], results)
        results, _page = self._import(['b', 'a'], hosts, on_conflict='fail')
        self.assertEqual({'service_mismatch', 'page_refused'}, set(results))

    def test_owners_of_records_take_a_rule_of_their_own(self):
        self.context.is_admin = False
        self.context.roles = ['member']
        hosts = base.Fleet(one='a')
        self.assertRaises(
            cinder_exception.PolicyNotAuthorized,
            self._import,
            ['a'],
            hosts,
            owner='record',
        )
        self.assertEqual([], hosts.asked)
