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

"""Restores give each backup of a chain as it was when the backup was made.

Between the backups, data is overwritten with zeros and zeros with data. The
same chain is restored by stock Cinder, which shows what the guard is for.
"""

import os
import pathlib
import random
import re

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import status

ROOT = pathlib.Path(__file__).resolve().parents[3]
GIB = 2**30
MIB = 2**20

_DATA = random.Random(1).randbytes(3 * MIB)
_ZEROS = bytes(len(_DATA))

#: What each backup finds written since the one before, by the place in MiB.
GENERATIONS = (
    {1: _DATA, 100: _DATA, 200: _DATA, 400: _DATA, 600: _DATA, 1021: _DATA},
    {
        100: _ZEROS,
        300: _DATA,
        400: _ZEROS,
        500: _DATA,
        # A part of a block that Cinder leaves out, or not, as a whole.
        600.5: _ZEROS[: MIB // 4],
        1021: _ZEROS,
    },
    {200: _ZEROS, 400: _DATA, 500: _ZEROS},
)


class RestoreTestCase(base.RecordsTestCase):
    """A chain of three backups, made once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.chain = []
        cls.digests = []
        # Cinder names the new volumes after it.
        volume_id = cls.cloud.create_volume(name='source')
        for number, writes in enumerate(GENERATIONS):
            for place, data in writes.items():
                cls.cloud.write(volume_id, int(place * MIB), data)
            cls.chain.append(
                cls.cloud.backup(volume_id, incremental=number > 0)
            )
            cls.digests.append(cls.cloud.read_sha256(volume_id))

    def restored(self, number, volume_id=None):
        """Restore one backup of the chain; return volume and digest."""
        volume_id = self.restore(self.chain[number], volume_id=volume_id)
        self.assertEqual(
            GIB, os.path.getsize(self.cloud.volume_path(volume_id))
        )
        return volume_id, self.cloud.read_sha256(volume_id)

    def existing_volume(self):
        """Return a volume that is full of data in the places that matter."""
        volume_id = self.cloud.create_volume()
        for place in range(0, 1022, 100):
            self.cloud.write(volume_id, place * MIB, _DATA)
        return volume_id


class TestGuard(RestoreTestCase):
    def _listed(self):
        """Return the volumes that the guide's statement lists."""
        path = ROOT / 'doc/source/admin/restoring.rst'
        statement = re.search(
            r'^   SELECT .*?;$', path.read_text(), re.M | re.S
        )
        return {row['id'] for row in self.cloud.select(statement[0])}

    def test_new_volume(self):
        restored = []
        for number, digest in enumerate(self.digests):
            volume_id, found = self.restored(number)
            restored.append(volume_id)
            self.assertEqual(digest, found, number)
            status = os.stat(self.cloud.volume_path(volume_id))
            self.assertLess(status.st_blocks * 512, 64 * MIB)
        listed = self._listed()
        self.assertEqual(
            [False, True, True], [one in listed for one in restored]
        )

    def test_existing_volume(self):
        for number in (1, 2):
            volume_id = self.existing_volume()
            _volume_id, found = self.restored(number, volume_id)
            self.assertEqual(self.digests[number], found, number)


class TestStock(RestoreTestCase):
    """Without the guard: what the check of the installation says is so."""

    settings = {'stock': True}

    def test_full_backup(self):
        self.assertEqual(self.digests[0], self.restored(0)[1])

    def test_existing_volume(self):
        volume_id = self.existing_volume()
        self.assertEqual(self.digests[2], self.restored(2, volume_id)[1])

    def test_new_volume(self):
        # Cinder 23 to 28 leave out the zeros of increments.
        right = [
            self.digests[number] == self.restored(number)[1]
            for number in (1, 2)
        ]
        fails = status.fails(self.cloud, 'Restores')
        self.assertEqual([not fails] * 2, right)
