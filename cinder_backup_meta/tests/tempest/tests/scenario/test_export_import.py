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

"""Records of backups are exported and imported, and the backups restored."""

from tempest.lib import decorators

from cinder_backup_meta.tests.tempest.tests import base


class ExportImportTest(base.BackupRecordsTestCase):
    """By Cinder's own calls, and by the plugin's."""

    @decorators.idempotent_id('6c1dc956-d313-46a2-8e7a-76985e29b1c3')
    def test_one_record(self):
        """A backup is imported by Cinder's own call, and restored.

        Unlike in the test of tempest's own it is the imported backup that is
        restored. It belongs to the administrator then, who has imported it.
        """
        volume = self.create_volume()
        backup = self.create_backup(volume['id'])
        exported = self.export(backup['id'])
        self.forget(backup['id'])
        self.assert_gone(backup['id'])
        client = self.admin_backups_client
        imported = client.import_backup(**exported)['backup']
        self.assertEqual(backup['id'], imported['id'])
        # At once: with the plugin there is nothing to wait for.
        shown = client.show_backup(backup['id'])['backup']
        self.assertEqual('available', shown['status'])
        self.assertEqual(volume['id'], shown['volume_id'])
        self.assertEqual(volume['size'], shown['size'])
        restored = self.restore(backup['id'], by_admin=True)
        self.assert_restored(volume, restored)

    @decorators.idempotent_id('260a14f3-f865-4e64-887e-facf288ce4fa')
    def test_chain(self):
        """A chain that Cinder has forgotten comes back, and is restored.

        The backups have the ids and the owner that they had. The second one
        is refused as long as the first one is not there.
        """
        volume, ids = self.create_chain()
        full, increment = self.forget(*ids)
        self.assert_gone(*ids)
        client = self.records_client
        answer = client.import_records([increment], owner='record')
        [item] = answer['backup_records']
        self.assertEqual(
            ('refused', 'parent_missing', ids[0]),
            (item['result'], item['reason'], item['parent_id']),
        )
        self.assert_gone(*ids)
        for record in full, increment:
            client.import_record(record, owner='record')
        self.assert_available(*ids)
        self.assert_restored(volume, self.restore(ids[1]))
        # The first one can't be deleted under the second one.
        shown = self.backups_client.show_backup(ids[0])['backup']
        self.assertTrue(shown['has_dependent_backups'])
