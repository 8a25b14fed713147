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

"""An availability zone is not there any more, and its backups are."""

import json

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import manage


class TestZones(base.RecordsTestCase):
    def move(self, backup_id, zone='gone'):
        """Let a backup be one of a zone that is not there."""
        self.cloud.execute(
            'UPDATE backups SET availability_zone = ?, '
            "updated_at = datetime(updated_at, '+1 second') WHERE id = ?",
            (zone, backup_id),
        )

    def zone(self, backup_id):
        row = self.backup_row(backup_id)
        return row and row['availability_zone']

    def backup(self):
        return self.cloud.backup(self.cloud.create_volume(data=b'data'))

    def recover(self, backup_id, **options):
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/recover',
            json={'recover': {'ids': [backup_id], **options}},
        )
        [item] = response.json()['backup_records']
        self.assertEqual('created', item['result'], item)
        return item

    def lose(self):
        """Return a lost backup whose record names a zone that is gone."""
        backup_id = self.backup()
        self.move(backup_id)
        manage.manage(self.cloud, 'catalog', 'sync', '--full')
        self.forget(backup_id)
        manage.manage(self.cloud, 'catalog', 'sync', '--full')
        return backup_id

    def assert_usable(self, backup_id):
        self.restore(backup_id)
        self.cloud.wait_for('backup', backup_id, 'available')
        self.delete(backup_id)

    def test_recover(self):
        backup_id = self.lose()
        plan = self.recover(backup_id, dry_run=True)
        item = self.recover(backup_id)
        self.assertEqual(plan, item)
        self.assertIn('gone', item['note'])
        self.assertEqual('nova', self.zone(backup_id))
        self.assert_usable(backup_id)

    def test_manage_recover(self):
        backup_id = self.lose()
        output = manage.manage(self.cloud, 'recover', '--id', backup_id)
        self.assertIn(f'{backup_id}: its availability zone gone', output)
        self.assertEqual('nova', self.zone(backup_id))
        self.assert_usable(backup_id)

    def test_map_to_a_zone_that_is_not_there(self):
        backup_id = self.lose()
        done = manage.run(
            self.cloud,
            'recover',
            '--id',
            backup_id,
            '--zone-map',
            'gone=also-gone',
            codes=(1,),
        )
        self.assertIn('[zone_unknown]', done.stdout)
        self.assertIsNone(self.zone(backup_id))

    def test_check_and_repair(self):
        backup_id = self.backup()
        self.move(backup_id)
        response = self.cloud.request('DELETE', f'/v3/backups/{backup_id}')
        self.assertEqual(404, response.status_code)
        done = manage.run(self.cloud, 'check', '--only', 'backups', codes=(3,))
        self.assertIn('zone_unserved: 1', done.stdout)
        self.assertIn(backup_id, done.stdout)
        before = self.tables()
        arguments = ('repair', '--zones', '--format', 'json')
        plan = json.loads(manage.manage(self.cloud, *arguments))
        self.assertEqual(before, self.tables())
        [item] = plan['backups']
        self.assertEqual('nova', item['new_availability_zone'])
        self.assertFalse(item['moved'])
        done = json.loads(manage.manage(self.cloud, *arguments, '--apply'))
        self.assertTrue(done['backups'][0]['moved'])
        self.assertEqual('nova', self.zone(backup_id))
        self.assert_usable(backup_id)
