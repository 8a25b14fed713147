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

"""Volumes as sparse files, and backups of them."""

import os

from cinder_backup_meta.tests.functional import base

GIB = 1 << 30
DATA = os.urandom(100000)
FAR = 700 * 2**20


class TestVolumes(base.FunctionalTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # More than ten volumes are made here.
        cls.cloud.request(
            'PUT',
            '/v3/os-quota-class-sets/default',
            json={'quota_class_set': {'volumes': -1}},
        ).raise_for_status()

    def _assert_data(self, volume_id, size=1):
        path = self.cloud.volume_path(volume_id)
        self.assertEqual(size * GIB, os.path.getsize(path))
        with open(path, 'rb') as file:
            self.assertEqual(DATA, file.read(len(DATA)))
            file.seek(FAR)
            self.assertEqual(DATA, file.read(len(DATA)))

    def _assert_sparse(self, volume_id):
        status = os.stat(self.cloud.volume_path(volume_id))
        self.assertLess(status.st_blocks * 512, 16 * 2**20)

    def _volume(self):
        volume_id = self.cloud.create_volume(data=DATA)
        self.cloud.write(volume_id, FAR, DATA)
        return volume_id

    def _snapshot(self, volume_id):
        snapshot = self.cloud.client().volume_snapshots.create(
            volume_id, force=True
        )
        self.cloud.wait_for('snapshot', snapshot.id, 'available')
        return snapshot.id

    def _restore(self, backup_id, volume_id=None):
        restored = self.cloud.client().restores.restore(backup_id, volume_id)
        self.cloud.wait_for('volume', restored.volume_id, 'available')
        return restored.volume_id

    def test_create_and_delete(self):
        volume_id = self._volume()
        self._assert_data(volume_id)
        self._assert_sparse(volume_id)
        self.cloud.client().volumes.delete(volume_id)
        self.cloud.wait_for('volume', volume_id, 'deleted')
        self.assertFalse(os.path.exists(self.cloud.volume_path(volume_id)))

    def test_extend(self):
        volume_id = self._volume()
        self.cloud.client().volumes.extend(volume_id, 2)
        self.cloud.wait_for('volume', volume_id, 'available')
        self._assert_data(volume_id, size=2)

    def test_clone(self):
        source_id = self._volume()
        clone_id = self.cloud.create_volume(size=2, source_volid=source_id)
        self.cloud.write(source_id, 0, b'later')
        self._assert_data(clone_id, size=2)
        self._assert_sparse(clone_id)

    def test_snapshot(self):
        volume_id = self._volume()
        snapshot_id = self._snapshot(volume_id)
        self.cloud.write(volume_id, 0, b'later')
        copy_id = self.cloud.create_volume(snapshot_id=snapshot_id)
        self._assert_data(copy_id)
        self._assert_sparse(copy_id)
        self.cloud.client().volume_snapshots.delete(snapshot_id)
        self.cloud.wait_for('snapshot', snapshot_id, 'deleted')
        self.assertEqual(
            [],
            [
                name
                for name in os.listdir(self.cloud.path('volumes'))
                if snapshot_id in name
            ],
        )

    def test_backup_and_restore_into_a_new_volume(self):
        volume_id = self._volume()
        restored_id = self._restore(self.cloud.backup(volume_id))
        # All of it: the file ends in a hole, and was cut to nothing first.
        self._assert_data(restored_id)
        self.assertEqual(
            self.cloud.read_sha256(volume_id),
            self.cloud.read_sha256(restored_id),
        )

    def test_backup_and_restore_into_a_larger_volume(self):
        backup_id = self.cloud.backup(self._volume())
        larger_id = self.cloud.create_volume(size=2, data=b'old' * 100000)
        self.assertEqual(larger_id, self._restore(backup_id, larger_id))
        self._assert_data(larger_id, size=2)

    def test_backup_of_a_snapshot(self):
        volume_id = self._volume()
        snapshot_id = self._snapshot(volume_id)
        self.cloud.write(volume_id, 0, b'later')
        backup_id = self.cloud.backup(volume_id, snapshot_id=snapshot_id)
        self._assert_data(self._restore(backup_id))

    def test_backup_of_a_volume_in_use(self):
        volume_id = self._volume()
        # There is no guest to attach it to.
        self.cloud.execute(
            "UPDATE volumes SET status = 'in-use', attach_status = 'attached'"
            ' WHERE id = ?',
            (volume_id,),
        )
        backup_id = self.cloud.backup(volume_id, force=True)
        self.assertEqual(
            'in-use', self.cloud.client().volumes.get(volume_id).status
        )
        self._assert_data(self._restore(backup_id))

    def test_restore_that_was_cut_off(self):
        volume_id = self._volume()
        self.cloud.kill()
        os.truncate(self.cloud.volume_path(volume_id), 0)
        self.cloud.restart()
        restored_id = self._restore(self.cloud.backup(volume_id))
        for each in (volume_id, restored_id):
            self.assertEqual(
                GIB, os.path.getsize(self.cloud.volume_path(each))
            )
