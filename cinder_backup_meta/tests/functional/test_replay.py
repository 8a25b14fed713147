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

"""The data engine on what the real Cinder has written."""

import os
import random

from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import replay
from cinder_backup_meta.formats import storage
from cinder_backup_meta.tests.functional import base

MIB = 2**20


class ReplayTests:
    """A chain of backups of one volume, replayed.

    The volume has data at its start, over several objects, and at its end.
    """

    def _write(self, volume_id, rng):
        """Write data over zeros and zeros over data."""
        for megabyte in rng.sample([*range(6), 63, 64, 1023], 4):
            size = rng.randrange(1, MIB)
            data = rng.randbytes(size // 2) + b'text' * (size // 8)
            if rng.random() < 0.4:
                data = bytes(size)
            self.cloud.write(volume_id, megabyte * MIB, data)

    def _chain(self, volume_id, rng):
        found = []
        for number in range(4):
            self._write(volume_id, rng)
            backup_id = self.cloud.backup(volume_id, incremental=number > 0)
            row = self.backup_row(backup_id)
            found.insert(
                0,
                layers.Backup(
                    backup_id, row['container'], row['service_metadata']
                ),
            )
        return found

    def test_replay_is_the_volume(self):
        rng = random.Random(5)
        volume_id = self.cloud.create_volume()
        self._write(volume_id, rng)
        chain = self._chain(volume_id, rng)
        different = []
        with open(self.cloud.volume_path(volume_id), 'rb') as volume:

            def compare(offset, data, proved):
                if os.pread(volume.fileno(), len(data), offset) != bytes(data):
                    different.append(offset)

            result = replay.replay(
                storage.Folder(self.cloud.path('backups')),
                chain,
                sink=compare,
            )
        self.assertEqual([], result.findings.listed)
        self.assertEqual([], different)
        self.assertEqual((2**30,) * 2, (result.size, result.proved))


class TestNone(ReplayTests, base.FunctionalTestCase):
    settings = {
        'config': {'DEFAULT': {'backup_compression_algorithm': 'none'}}
    }


class TestZlib(ReplayTests, base.FunctionalTestCase):
    settings = {
        'config': {'DEFAULT': {'backup_compression_algorithm': 'zlib'}}
    }


class TestBzip2(ReplayTests, base.FunctionalTestCase):
    settings = {
        'config': {'DEFAULT': {'backup_compression_algorithm': 'bzip2'}}
    }


class TestZstd(ReplayTests, base.FunctionalTestCase):
    settings = {
        'config': {'DEFAULT': {'backup_compression_algorithm': 'zstd'}}
    }
