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

from cinder_backup_meta.importer import zones
from cinder_backup_meta.tests.unit.importer import base
from cinder_backup_meta.tests.unit import rows


class TestZones(base.PageTestCase):
    """Backups come back where something serves them, or say so."""

    def setUp(self):
        super().setUp()
        # The host of these tests, and one of another zone.
        rows.insert_services(
            self.context, ('host-1', 'az-1'), ('host-2', 'az-2')
        )

    def bring_back(self, expected=('created',), dry_run=False, **changes):
        """Import a record as a recovery does; return its outcome."""
        outcome = self.import_(
            [base.string(1, **changes)], keep_host=True, dry_run=dry_run
        )
        [item] = outcome.items
        self.assertEqual(
            list(expected), [item['reason'] or item['result']], item
        )
        return item

    def where(self):
        row = self.row(1)
        return row['host'], row['availability_zone']

    def test_zone_that_is_there(self):
        item = self.bring_back(availability_zone='az-2', host='elsewhere')
        self.assertEqual(('elsewhere', 'az-2'), self.where())
        self.assertIsNone(item['note'])

    def test_zone_that_is_gone(self):
        plan = self.bring_back(dry_run=True)
        item = self.bring_back()
        self.assertEqual(plan, item)
        self.assertEqual(('host-1', 'az-1'), self.where())
        self.assertIn('az-9 has no enabled cinder-backup', item['note'])
        self.assertIn('az-1', item['note'])

    def test_zone_whose_hosts_are_all_disabled(self):
        rows.insert_services(self.context, ('host-9', 'az-9'), disabled=True)
        item = self.bring_back()
        self.assertEqual(('host-1', 'az-1'), self.where())
        self.assertIsNotNone(item['note'])

    def test_zone_of_other_services(self):
        rows.insert_services(
            self.context, ('host-9', 'az-9'), topic='cinder-volume'
        )
        self.assertIsNotNone(self.bring_back()['note'])

    def test_map(self):
        self.config.config(group='backup_meta', zone_map={'az-9': 'az-2'})
        self.bring_back()
        self.assertEqual(('elsewhere', 'az-2'), self.where())

    def test_map_to_a_zone_that_is_not_there(self):
        self.config.config(group='backup_meta', zone_map={'az-9': 'az-8'})
        item = self.bring_back(['zone_unknown'])
        self.assertIn('az-8', item['detail'])
        self.assertIsNone(item['note'])

    def test_host_that_does_not_serve_its_own_zone(self):
        here = zones.Zones(self.context, 'host-3', 'az-3')
        self.assertEqual(
            ('host-2', 'az-2', None), here.place('host-2', 'az-2')
        )
        error = self.assertRaises(
            zones.exception.Refused, here.place, 'host-9', 'az-9'
        )
        self.assertEqual('zone_unknown', str(error.code))
        self.assertIn('az-3', str(error))

    def test_only_the_own_host_is_asked(self):
        self.config.config(backup_use_same_host=True)
        item = self.bring_back(availability_zone='az-2', host='elsewhere')
        self.assertEqual(('host-2', 'az-2'), self.where())
        self.assertIn('elsewhere', item['note'])
        self.assertIn('host-2', item['note'])

    def test_import_belongs_to_its_host_without_a_note(self):
        [item] = self.import_([base.string(1)]).items
        self.assertEqual(('host-1', 'az-1'), self.where())
        self.assertIsNone(item['note'])


class TestNobodyHasRegistered(base.PageTestCase):
    """After the loss of the whole database, before services have started."""

    def test_zone_is_kept(self):
        [item] = self.import_([base.string(1)], keep_host=True).items
        self.assertEqual('az-9', self.row(1)['availability_zone'])
        self.assertIn('repair --zones', item['note'])

    def test_zone_of_the_host_is_no_news(self):
        [item] = self.import_(
            [base.string(1, availability_zone='az-1')], keep_host=True
        ).items
        self.assertIsNone(item['note'])
