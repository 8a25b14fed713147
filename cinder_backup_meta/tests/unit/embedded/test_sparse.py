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

"""Copying and growing of sparse files."""

import os

import fixtures
import testtools

from cinder_backup_meta.embedded import sparse

MIB = 1 << 20


class TestSparse(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.source = os.path.join(self.folder, 'source')
        self.target = os.path.join(self.folder, 'target')

    def _make(self, size, **pieces):
        with open(self.source, 'wb') as file:
            file.truncate(size)
            for offset, piece in pieces.items():
                file.seek(int(offset[1:]))
                file.write(piece)

    def _read(self, path):
        with open(path, 'rb') as file:
            return file.read()

    def _assert_copied(self, size):
        sparse.copy(self.source, self.target, size)
        expected = self._read(self.source)[:size].ljust(size, b'\0')
        # assertEqual would print all of it.
        self.assertTrue(expected == self._read(self.target))  # noqa: H204

    def test_holes(self):
        pieces = {f'_{20 * MIB}': b'a' * 5000, f'_{60 * MIB}': b'b' * 5000}
        self._make(100 * MIB, **pieces)
        self._assert_copied(100 * MIB)
        self.assertLess(os.stat(self.target).st_blocks * 512, MIB)

    def test_nothing_but_a_hole(self):
        self._make(MIB)
        self._assert_copied(MIB)

    def test_more_than_one_piece(self):
        self._make(40 * MIB, _0=os.urandom(40 * MIB))
        self._assert_copied(40 * MIB)

    def test_larger_target(self):
        self._make(5000, _0=b'a' * 5000)
        self._assert_copied(9000)

    def test_smaller_target(self):
        self._make(9000, _0=b'a' * 9000)
        self._assert_copied(5000)

    def test_empty(self):
        self._make(0)
        self._assert_copied(0)

    def test_target_that_exists(self):
        self._make(10)
        with open(self.target, 'w') as file:
            file.write('kept')
        self.assertRaises(
            FileExistsError, sparse.copy, self.source, self.target, 10
        )
        self.assertEqual(b'kept', self._read(self.target))

    def test_grow(self):
        self._make(3, _0=b'abc')
        sparse.grow(self.source, 5)
        self.assertEqual(b'abc\0\0', self._read(self.source))
        sparse.grow(self.source, 2)
        self.assertEqual(b'abc\0\0', self._read(self.source))
