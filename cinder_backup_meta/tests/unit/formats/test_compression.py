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

"""Objects of each kind of compression, piece by piece."""

import io
import random

import testscenarios

from cinder_backup_meta.formats import compression
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit.formats import backups

load_tests = testscenarios.load_tests_apply_scenarios


class Reluctant:
    """Returns another number of bytes than it is asked for."""

    def __init__(self, content, rng):
        self._stream = io.BytesIO(content)
        self._rng = rng

    def read(self, size):
        return self._stream.read(self._rng.randrange(1, 2 * size))


class TestPieces(base.TestCase):
    scenarios = [(name, {'name': name}) for name in backups.COMPRESS]

    def compress(self, data):
        compress = backups.COMPRESS[self.name]
        return compress(data) if compress else data

    def test_all_names_of_cinder_are_tried(self):
        self.assertEqual(
            {*backups.COMPRESS, 'off', 'no'}, {*compression.NAMES}
        )

    def test_pieces_have_the_size_that_is_asked_for(self):
        for seed in range(30):
            rng = random.Random(seed)
            data = backups.some_bytes(rng, rng.randrange(1, 300_000))
            size = rng.randrange(1000, 100_000)
            first = rng.randrange(1, size + 1)
            pieces = list(
                compression.pieces(
                    Reluctant(self.compress(data), rng),
                    self.name,
                    len(data),
                    size,
                    first,
                )
            )
            self.assertEqual(data, b''.join(pieces))
            if len(pieces) > 1:
                self.assertEqual(first, len(pieces[0]))
            for piece in pieces[1:-1]:
                self.assertEqual(size, len(piece))

    def test_zeros_that_fill_the_output_with_no_input_left(self):
        data = bytes(3_000_000)
        for size in (1, 1000, 2**18):
            stream = io.BytesIO(self.compress(data[: 3000 * size]))
            found = compression.pieces(
                stream, self.name, len(data[: 3000 * size]), size
            )
            self.assertEqual(
                len(data[: 3000 * size]), sum(len(one) for one in found)
            )

    def test_what_precedes_a_fault_comes_first(self):
        data = random.Random(1).randbytes(400_000) + bytes(400_000)
        stored = self.compress(data)
        stream = io.BytesIO(stored[: len(stored) // 2])
        pieces = compression.pieces(stream, self.name, len(data), 1000)
        found = b''

        def read():
            nonlocal found
            for piece in pieces:
                found += piece

        self.assertRaises(compression.Damaged, read)
        self.assertTrue(data.startswith(found))
        if self.name not in ('bz2', 'bzip2'):
            # Its blocks of 900 KB are complete or nothing.
            self.assertGreater(len(found), 1000)

    def test_errors_of_the_storage_are_not_called_damage(self):
        class Failing:
            def read(self, size):
                raise OSError('5 Input/output error')

        self.assertRaises(
            OSError,
            list,
            compression.pieces(Failing(), self.name, 100),
        )
