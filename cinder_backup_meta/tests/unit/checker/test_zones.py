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

from cinder_backup_meta.checker import findings
from cinder_backup_meta.checker import rows as rows_checker
from cinder_backup_meta.checker import zones
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import rows

SWIFT = 'cinder.backup.drivers.swift.SwiftBackupDriver'


class TestZones(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(
            host='host-1',
            storage_availability_zone='az-1',
            backup_driver=samples.POSIX,
        )
        rows.insert_services(
            self.context, ('host-1', 'az-1'), ('host-2', 'az-2')
        )
        rows.insert(
            self.context,
            rows.backup(1, availability_zone='az-1'),
            rows.backup(2, availability_zone='az-2', host='gone'),
            rows.backup(3, availability_zone='az-3'),
            rows.backup(4, availability_zone=None),
            rows.backup(5, availability_zone='az-3', deleted=True),
            rows.backup(6, availability_zone='az-3', service=SWIFT),
        )

    def found(self):
        return [int(row.id[:8], 16) for row in zones.find(self.context)]

    def places(self):
        return {
            int(row['id'][:8], 16): (row['host'], row['availability_zone'])
            for row in self.rows('backups')
        }

    def test_zones_that_nothing_serves(self):
        self.assertEqual([3, 6], self.found())

    def test_hosts_too_if_cinder_asks_no_other(self):
        self.config.config(backup_use_same_host=True)
        self.assertEqual([2, 3, 6], self.found())

    def test_nothing_is_known_without_any_service(self):
        with models.main_context_manager.writer.using(self.context):
            self.context.session.execute(models.SERVICES.delete())
        self.assertEqual([], self.found())

    def test_check(self):
        report = findings.Report(10)
        rows_checker.check(self.context, report, 3600)
        code = findings.Code.ZONE_UNSERVED
        self.assertEqual(2, report.found[code])
        self.assertIn('az-3', report.kept[code][0].detail)
        self.assertTrue(report.differ())

    def test_plan_changes_nothing(self):
        before = self.tables()
        third, sixth = zones.plan(self.context)
        self.assertEqual(('host-1', 'az-1'), third.place[:2])
        self.assertIsNone(sixth.place)
        self.assertIn(SWIFT, sixth.detail)
        self.assertEqual(before, self.tables())

    def test_apply(self):
        before, updated_at = self.places(), self.rows('backups')[2]
        [moved] = zones.apply(self.context, zones.plan(self.context))
        self.assertEqual(rows.backup_id(3), moved.backup_id)
        self.assertEqual({**before, 3: ('host-1', 'az-1')}, self.places())
        # The catalog finds it by its time.
        self.assertNotEqual(
            updated_at['updated_at'], self.rows('backups')[2]['updated_at']
        )
        self.assertEqual([6], self.found())

    def test_map(self):
        self.config.config(group='backup_meta', zone_map={'az-3': 'az-2'})
        zones.apply(self.context, zones.plan(self.context))
        self.assertEqual('az-2', self.places()[3][1])

    def test_one_that_has_changed_since(self):
        plan = zones.plan(self.context)
        with models.main_context_manager.writer.using(self.context):
            self.context.session.execute(
                models.Backup.__table__.update().values(
                    availability_zone='az-2'
                )
            )
        self.assertEqual([], zones.apply(self.context, plan))
        self.assertEqual('az-2', self.places()[3][1])
