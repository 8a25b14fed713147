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

"""Which hosts a page is sent to.

What stands for the hosts here answers in place of the RPC interface: hosts
with different drivers can't be in one process. Everything else is real.
"""

from cinder import exception as cinder_exception
import oslo_messaging as messaging

from cinder_backup_meta.api import pages
from cinder_backup_meta import objects
from cinder_backup_meta.tests.unit import base


class Hosts:
    """Hosts by name, each with the driver whose records it takes.

    A record is, for these tests, the name of the driver that it is of.
    """

    def __init__(self, **drivers):
        self.drivers = drivers
        self.asked = []

    def import_records(self, context, host, batch, options):
        self.asked.append((host, list(batch.records)))
        driver = self.drivers[host]
        if isinstance(driver, Exception):
            raise driver
        fits = [record == driver for record in batch.records]
        blocked = options.on_conflict == 'fail' and not all(fits)
        items = [self._item(fit, blocked) for fit in fits]
        return objects.BackupRecordPage.done(
            context, backup_service=driver, items=items, over_quota=[driver]
        )

    def recover_records(
        self, context, host, selection, options, limit, marker
    ):
        """Recover the records asked for, or of each driver one."""
        self.asked.append((host, selection.backup_ids))
        driver = self.drivers[host]
        if isinstance(driver, Exception):
            raise driver
        items = [
            self._item(record == driver, False) | {'id': record}
            for record in selection.backup_ids or ['a', 'b', 'z']
        ]
        return objects.BackupRecordPage.done(
            context,
            backup_service=driver,
            items=items,
            over_quota=[driver],
            next_marker=marker,
            examined=limit,
        )

    def _item(self, fits, blocked):
        item = dict.fromkeys(
            ('id', 'reason', 'detail', 'project_id', 'size', 'parent_id')
        )
        if not fits:
            return item | {'result': 'refused', 'reason': 'service_mismatch'}
        if blocked:
            return item | {'result': 'refused', 'reason': 'page_refused'}
        return item | {'result': 'created', 'id': 'x'}


class PagesTestCase(base.TestCase):
    def setUp(self):
        super().setUp()
        # The policy file is looked for where the configuration is.
        base.CONF([], project='cinder', default_config_files=[])

    def api(self, hosts):
        api = pages.PagesAPI.__new__(pages.PagesAPI)
        api._asker = pages.asking.Asker.__new__(pages.asking.Asker)
        api._asker.rpcapi = hosts
        api._asker.hosts = lambda: list(hosts.drivers)
        return api


class TestRecover(PagesTestCase):
    def _recover(self, hosts):
        page = self.api(hosts).recover_page(self.context, 9, 'marker', {})
        self.assertEqual(('marker', 9), (page.next_marker, page.examined))
        return {
            item['id']: item['reason'] or item['result'] for item in page.items
        }

    def test_hosts_with_other_drivers_are_asked_for_theirs(self):
        hosts = Hosts(one='a', two='x', three='b')
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
        hosts = Hosts(one=gone, two='a', three=gone)
        self.assertEqual(
            {'a': 'created', 'b': 'service_mismatch', 'z': 'service_mismatch'},
            self._recover(hosts),
        )


class TestImport(PagesTestCase):
    def _import(self, records, hosts, **options):
        page = self.api(hosts).import_page(self.context, records, **options)
        return [item['reason'] or item['result'] for item in page.items], page

    def test_one_host_is_enough(self):
        hosts = Hosts(one='a', two='b')
        results, _page = self._import(['a', 'a'], hosts)
        self.assertEqual(['created', 'created'], results)
        self.assertEqual([('one', ['a', 'a'])], hosts.asked)

    def test_others_are_asked_for_the_rest_alone(self):
        hosts = Hosts(one='a', two='b', three='c')
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
        hosts = Hosts(one='a', two='a')
        results, _page = self._import(['a', 'z'], hosts)
        self.assertEqual(['created', 'service_mismatch'], results)

    def test_host_that_is_gone_is_passed_over(self):
        gone = messaging.MessagingTimeout()
        hosts = Hosts(one=gone, two='a', three=gone, four='b')
        results, _page = self._import(['b', 'a'], hosts)
        self.assertEqual(['created', 'created'], results)

    def test_host_that_goes_meanwhile_costs_its_own_records_only(self):
        hosts = Hosts(one='a', two=messaging.MessagingTimeout())
        results, _page = self._import(['b', 'a'], hosts)
        self.assertEqual(['service_mismatch', 'created'], results)

    def test_older_hosts_only(self):
        hosts = Hosts(one=messaging.UnsupportedVersion('1.1'))
        error = self.assertRaises(
            cinder_exception.ServiceNotFound, self._import, ['a'], hosts
        )
        self.assertEqual(503, error.code)
        self.assertIn('older version', error.msg)

    def test_page_that_must_not_be_parted_goes_to_one_host(self):
        hosts = Hosts(one='a', two='b')
        results, _page = self._import(['b', 'b'], hosts, on_conflict='fail')
        self.assertEqual(['created', 'created'], results)
        results, _page = self._import(['b', 'a'], hosts, on_conflict='fail')
        self.assertEqual({'service_mismatch', 'page_refused'}, set(results))

    def test_owners_of_records_take_a_rule_of_their_own(self):
        self.context.is_admin = False
        self.context.roles = ['member']
        hosts = Hosts(one='a')
        self.assertRaises(
            cinder_exception.PolicyNotAuthorized,
            self._import,
            ['a'],
            hosts,
            owner='record',
        )
        self.assertEqual([], hosts.asked)
