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

"""The backup of an encrypted volume stays encrypted and opens again."""

import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import luks


class TestEncryption(luks.Encrypted, base.RecordsTestCase):
    settings = {'config': luks.CONFIG}

    def test_lost_and_found(self):
        volume_id, digest = self.make_encrypted_volume()
        self.assertEqual(luks.KEY_ID, self.key_of(volume_id))
        exported = self.export(self.cloud.backup(volume_id))
        values = codec.decode(exported[1])
        self.assertEqual(luks.KEY_ID, values['encryption_key_id'])

        # Not all of the database: Cinder restores what is encrypted only
        # into a volume whose type has the id that the type had at backup.
        self.forget(values['id'])
        self.cloud.client().volumes.delete(volume_id)
        self.cloud.wait_for('volume', volume_id, 'deleted')
        self.import_(exported)

        target = self.cloud.create_volume(volume_type='luks')
        self.restore(values['id'], volume_id=target)
        self.assert_opens(target, digest)

    def _volumes(self):
        return {
            volume['id']: volume['status']
            for volume in self.cloud.rows('volumes')
            if not volume['deleted']
        }

    def test_new_volume(self):
        volume_id, digest = self.make_encrypted_volume()
        backup_id = self.cloud.backup(volume_id)
        before = self._volumes()
        self.cloud.cinder('backup-restore', backup_id)
        self.cloud.wait_for('backup', backup_id, 'available')
        # Releases of openstackclient up to 7.2 cannot print the answer.
        self.cloud.openstack(
            'volume', 'backup', 'restore', backup_id, 'new', check=False
        )
        targets = set(self._volumes()) - set(before)
        self.assertEqual(2, len(targets))
        for target in targets:
            self.cloud.wait_for('volume', target, 'available')
            volume = self.cloud.client().volumes.get(target)
            self.assertEqual('luks', volume.volume_type)
            self.assert_opens(target, digest)

    def _assert_not_restored(self, texts, backup_id, volume_id=None):
        """Check that a restore is refused before anything is done."""
        before = self._volumes(), self.tables()
        body = {'restore': {'volume_id': volume_id}}
        response = self.cloud.request(
            'POST', f'/v3/backups/{backup_id}/restore', json=body
        )
        self.assertEqual(400, response.status_code, response.text)
        for text in texts:
            self.assertIn(text, response.text)
        self.assertEqual(before, (self._volumes(), self.tables()))

    def test_volume_of_another_type(self):
        volume_id, _digest = self.make_encrypted_volume()
        backup_id = self.cloud.backup(volume_id)
        other_id = self.cloud.create_volume()
        self._assert_not_restored(
            [backup_id, other_id, 'of the type luks ('], backup_id, other_id
        )

    def test_type_that_is_lost(self):
        volume_id, _digest = self.make_encrypted_volume()
        backup_id = self.cloud.backup(volume_id)
        [type_id] = [
            row['id']
            for row in self.cloud.rows('volume_types')
            if row['name'] == 'luks' and not row['deleted']
        ]
        self.addCleanup(
            self.cloud.execute,
            'UPDATE volume_types SET deleted = 0 WHERE id = ?',
            (type_id,),
        )
        self.cloud.execute(
            'UPDATE volume_types SET deleted = 1 WHERE id = ?', (type_id,)
        )
        for target in None, self.cloud.create_volume():
            self._assert_not_restored([backup_id, type_id], backup_id, target)


class TestKeyOfAnother(base.RecordsTestCase):
    """Deleting what is imported must not delete somebody else's key."""

    def test_refused(self):
        key_id = str(uuid.uuid4())
        victim_id = self.cloud.create_volume()
        self.cloud.execute(
            'UPDATE volumes SET encryption_key_id = ? WHERE id = ?',
            (key_id, victim_id),
        )
        backup_id = self.quick_backup()
        _service, string = self.export(backup_id)
        self.forget(backup_id)
        values = codec.decode(string) | {'encryption_key_id': key_id}
        before = self.tables()
        response = self.import_with_options(
            codec.encode(values), allow_missing_key=True
        )
        message = self.assert_refused(
            400, [key_id, '[key_in_use]'], before, response
        )
        self.assertNotIn(victim_id, message)
        self.assertIn(f'volume {victim_id}', self.cloud.log_text())
