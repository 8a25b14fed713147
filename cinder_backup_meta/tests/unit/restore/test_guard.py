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

"""The guard, over files and over what only the drivers themselves can do."""

import io
import os

from cinder.backup.drivers import ceph
from cinder.backup.drivers import posix
import fixtures
import hypothesis
from hypothesis import strategies
import testtools

from cinder_backup_meta.restore import guard

BLOCK = 16
HEADER = guard.HEADER_BLOCKS * BLOCK
SIZE = HEADER + 32 * BLOCK

_pieces = strategies.one_of(
    strategies.binary(min_size=1, max_size=3 * BLOCK),
    strategies.integers(1, 6 * BLOCK).map(bytes),
)
_writes = strategies.lists(
    strategies.tuples(strategies.integers(0, SIZE - 6 * BLOCK), _pieces),
    max_size=12,
)


class Volume(io.BytesIO):
    """A new volume that counts what is written into it, without a number."""

    def __init__(self):
        super().__init__(bytes(SIZE))
        self.written = 0

    def write(self, data):
        self.written += len(data)
        return super().write(data)


class GuardTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(guard, 'BLOCK', BLOCK))


class TestNewVolume(GuardTestCase):
    @hypothesis.given(_writes)
    def test_reads_as_if_all_was_written(self, writes):
        expected, found = Volume(), Volume()
        guarded = guard.NewVolume(found)
        for position, data in writes:
            for file in (expected, guarded):
                file.seek(position)
                self.assertEqual(len(data), file.write(data))
                self.assertEqual(position + len(data), file.tell())
        self.assertEqual(expected.getvalue(), found.getvalue())

    def test_stays_sparse(self):
        volume = Volume()
        guarded = guard.NewVolume(volume)
        guarded.seek(HEADER + 1)
        guarded.write(bytes(10 * BLOCK))
        self.assertEqual(0, volume.written)
        guarded.seek(HEADER + 5 * BLOCK)
        guarded.write(b'x' * BLOCK)
        self.assertEqual(BLOCK, volume.written)
        # Only the block that has data gets the zeros.
        guarded.seek(HEADER)
        guarded.write(bytes(10 * BLOCK))
        self.assertEqual(2 * BLOCK, volume.written)

    def test_zeros_over_a_header(self):
        volume = Volume()
        volume.write(b'x' * HEADER)
        volume.seek(0)
        guard.NewVolume(volume).write(bytes(HEADER))
        self.assertEqual(bytes(SIZE), volume.getvalue())

    def test_file_that_ends_in_zeros(self):
        path = os.path.join(self.useFixture(fixtures.TempDir()).path, 'volume')
        with open(path, 'wb') as file:
            guarded = guard.NewVolume(file)
            guarded.seek(HEADER)
            guarded.write(b'x' * BLOCK + bytes(3 * BLOCK))
            guarded.finish()
        self.assertEqual(HEADER + 4 * BLOCK, os.path.getsize(path))

    def test_file_without_a_number(self):
        guard.NewVolume(Volume()).finish()


class Driver(posix.PosixBackupDriver):
    """The driver of a vendor, whose restore writes what the test wants."""

    def __init__(self):
        self.restored = []

    def restore(self, backup, volume_id, volume_file, volume_is_new):
        self.restored.append((volume_file, volume_is_new))


class TestGuarded(GuardTestCase):
    def test_existing_volume_is_left_to_the_driver(self):
        driver = guard.guarded(Driver)()
        volume = Volume()
        driver.restore(None, '1', volume, False)
        self.assertEqual([(volume, False)], driver.restored)

    def test_driver_is_not_told_of_a_new_volume(self):
        driver = guard.guarded(Driver)()
        driver.restore(None, '1', Volume(), True)
        [(volume, is_new)] = driver.restored
        self.assertIsInstance(volume, guard.NewVolume)
        self.assertIs(False, is_new)

    def test_is_the_driver_in_all_else(self):
        guarded = guard.guarded(Driver)
        self.assertTrue(issubclass(guarded, Driver))
        self.assertEqual(
            (Driver.__module__, Driver.__qualname__, Driver.__doc__),
            (guarded.__module__, guarded.__qualname__, guarded.__doc__),
        )

    def test_rbd_image_is_still_recognized(self):
        is_rbd = ceph.CephBackupDriver._file_is_rbd
        volume = Volume()
        self.assertFalse(is_rbd(guard.NewVolume(volume)))
        volume.rbd_image = object()
        self.assertTrue(is_rbd(guard.NewVolume(volume)))


class TestCeph(GuardTestCase):
    """The copy that the Ceph driver makes of what is no difference of images.

    Only this method can run without a Ceph.
    """

    def test_copy_of_a_sparse_volume(self):
        data = (
            b'a' * HEADER + bytes(8 * BLOCK) + b'b' * BLOCK + bytes(7 * BLOCK)
        )
        # Shorter than the volume.
        self.assertLess(len(data), SIZE)
        for discards in (True, False):
            self.useFixture(
                fixtures.MockPatchObject(
                    ceph.CONF, 'restore_discard_excess_bytes', discards
                )
            )
            driver = object.__new__(ceph.CephBackupDriver)
            driver.chunk_size = 4 * BLOCK
            volume = Volume()
            driver._transfer_data(
                io.BytesIO(data), 'backup', guard.NewVolume(volume), 'v', SIZE
            )
            self.assertEqual(data + bytes(SIZE - len(data)), volume.getvalue())
