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

"""Restores of backups in Ceph.

Cinder's driver copies backups of volumes that are no RBD images as a whole;
those of RBD images it restores as a difference if the volume is empty.
"""

import os
import random

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.ceph import cluster
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import luks
from cinder_backup_meta.tests.functional import status

GIB = 2**30
MIB = 2**20

_DATA = random.Random(1).randbytes(3 * MIB)
_ZEROS = bytes(len(_DATA))


class CephTestCase(base.RecordsTestCase):
    cloud_class = cluster.FilesCloud
    settings = {}

    @classmethod
    def make_cloud(cls):
        return cls.cloud_class(cluster.shared(), **cls.settings)

    def write_all(self, volume_id, writes):
        """Write data at places in MiB; return the digest of the volume."""
        for place, data in writes.items():
            self.cloud.write(volume_id, place * MIB, data)
        return self.cloud.read_sha256(volume_id)


class TestFiles(CephTestCase):
    """Between files, everything is copied as a whole."""

    def _backup(self):
        """Make a backup of a sparse volume; return it and the digest."""
        volume_id = self.cloud.create_volume()
        # Cinder copies 128 MiB at a time.
        digest = self.write_all(volume_id, {1: _DATA, 500: _DATA, 900: _DATA})
        backup_id = self.cloud.backup(volume_id)
        self.addCleanup(self.delete, backup_id)
        return backup_id, digest

    def test_new_volume(self):
        backup_id, digest = self._backup()
        volume_id = self.restore(backup_id)
        self.assertEqual(digest, self.cloud.read_sha256(volume_id))
        path = self.cloud.volume_path(volume_id)
        self.assertEqual(GIB, os.path.getsize(path))
        self.assertLess(os.stat(path).st_blocks * 512, 64 * MIB)

    def test_existing_volume(self):
        backup_id, digest = self._backup()
        volume_id = self.cloud.create_volume()
        self.write_all(volume_id, {300: _DATA, 900: _ZEROS, 1020: _DATA})
        self.restore(backup_id, volume_id=volume_id)
        self.assertEqual(digest, self.cloud.read_sha256(volume_id))


class TestStockFiles(TestFiles):
    """Without the guard: what the check of the installation says is so."""

    settings = {'stock': True}

    def test_new_volume(self):
        backup_id, digest = self._backup()
        found = self.cloud.read_sha256(self.restore(backup_id))
        fails = status.fails(self.cloud, 'Restores')
        self.assertEqual(not fails, digest == found)


class TestEncryptedFiles(luks.Encrypted, CephTestCase):
    """A LUKS container, which is sparse too."""

    settings = {'config': luks.CONFIG}

    def test_new_volume(self):
        volume_id, _digest = self.make_encrypted_volume()
        digest = self.write_all(volume_id, {500: _DATA})
        backup_id = self.cloud.backup(volume_id)
        self.addCleanup(self.delete, backup_id)
        self.assert_opens(self.restore(backup_id), digest)


class TestImages(CephTestCase):
    """A chain of RBD images."""

    cloud_class = cluster.ImagesCloud

    def _chain(self):
        volume_id = self.cloud.create_volume()
        chain = []
        for number, writes in enumerate(
            (
                {1: _DATA, 300: _DATA, 500: _DATA},
                {300: _ZEROS, 900: _DATA},
                {300: _DATA, 500: _ZEROS},
            )
        ):
            digest = self.write_all(volume_id, writes)
            backup_id = self.cloud.backup(volume_id, incremental=number > 0)
            self.addCleanup(self.delete, backup_id)
            chain.append((backup_id, digest))
        return chain

    def test_backup_of_a_file(self):
        files = self.useFixture(cluster.FilesCloud(cluster.shared()))
        volume_id = files.create_volume()
        for place in (1, 500, 900):
            files.write(volume_id, place * MIB, _DATA)
        exported = self.export(files.backup(volume_id), cloud=files)
        self.import_(exported)
        backup_id = codec.decode(exported[1])['id']
        self.addCleanup(self.delete, backup_id)
        restored_id = self.restore(backup_id)
        self.assertEqual(
            files.read_sha256(volume_id), self.cloud.read_sha256(restored_id)
        )
        self.assertLess(self.cloud.used_bytes(restored_id), 64 * MIB)

    def test_new_and_existing_volume(self):
        for backup_id, digest in self._chain():
            volume_id = self.restore(backup_id)
            self.assertEqual(digest, self.cloud.read_sha256(volume_id))
            self.assertLess(self.cloud.used_bytes(volume_id), 64 * MIB)
            # It has data: it is copied as a whole.
            self.write_all(volume_id, {0: _DATA, 700: _DATA})
            self.restore(backup_id, volume_id=volume_id)
            self.assertEqual(digest, self.cloud.read_sha256(volume_id))
