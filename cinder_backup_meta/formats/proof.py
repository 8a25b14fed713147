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

"""Proving the data of objects against the hashes of the volume."""

from collections.abc import Callable
import hashlib

from cinder_backup_meta.formats import extents
from cinder_backup_meta.formats import hashes as hashes_module

#: What gets the data: its offset in the volume, the data, and whether it is
#: proved. Called by several threads at once, for different parts.
Sink = Callable[[int, memoryview, bool], None]


class Prover:
    """Compares data with the hashes of a volume.

    :param hashes: the hashes; with None, nothing can be proved
    :param size: bytes of the volume
    :param sink: what gets the data
    """

    def __init__(
        self,
        hashes: hashes_module.Hashes | None,
        size: int,
        sink: Sink | None = None,
    ) -> None:
        self.hashes = hashes
        self.size = size
        self.sink = sink
        self.block = hashes.block_size if hashes else 0
        # Most volumes have many blocks of zeros, and comparing is faster.
        self._zeros = bytes(self.block)
        self._digest_of_zeros = hashlib.sha256(self._zeros).digest()

    def digests(self, data: bytes, start: int, count: int) -> list[bytes]:
        """Return the digests of some blocks in a piece of data."""
        view, block, zeros = memoryview(data), self.block, self._zeros
        return [
            self._digest_of_zeros
            if data.startswith(zeros, place)
            else hashlib.sha256(view[place : place + block]).digest()
            for place in range(start, start + count * block, block)
        ]


class Proof:
    """What is proved of the data of one object.

    :param needed: the ranges of the volume that the object has to provide, in
        ascending order
    :ivar proved: the ranges that are proved
    :ivar wrong: the blocks whose hashes are others, as ranges
    """

    def __init__(self, prover: Prover, needed: list[tuple[int, int]]) -> None:
        self.proved: list[tuple[int, int]] = []
        self.wrong: list[tuple[int, int]] = []
        self._prover = prover
        self._needed = needed
        self._next = 0

    def take(self, offset: int, data: bytes) -> None:
        """Compare the next piece of the object's data.

        :param offset: where it belongs in the volume
        """
        end = offset + len(data)
        while self._next < len(self._needed):
            start, stop = self._needed[self._next]
            if start >= end:
                return
            self._compare(offset, data, max(start, offset), min(stop, end))
            if stop > end:
                return
            self._next += 1

    def unproved(self) -> list[tuple[int, int]]:
        """Return the needed ranges that are not proved."""
        proved = extents.joined(self.proved)
        return [
            gap
            for start, end in self._needed
            for gap in proved.gaps(start, end)
        ]

    def _compare(
        self, offset: int, data: bytes, start: int, stop: int
    ) -> None:
        """Compare a part of a piece, both given as places in the volume."""
        first, last = self._blocks(start, stop)
        if first >= last:
            self._hand_on(offset, data, start, stop, False)
            return
        block, size = self._prover.block, self._prover.size
        whole, end = first * block, min(last * block, size)
        self._hand_on(offset, data, start, whole, False)
        found = self._prover.digests(data, whole - offset, last - first)
        assert self._prover.hashes is not None
        expected = self._prover.hashes.digests(first, last - first)
        if b''.join(found) == expected:
            self._note(offset, data, whole, end, True)
        else:
            self._compare_each(offset, data, whole, found, expected)
        self._hand_on(offset, data, end, stop, False)

    def _blocks(self, start: int, stop: int) -> tuple[int, int]:
        """Return the first whole block of a range, and the one after it."""
        block = self._prover.block
        if not block:
            return 0, 0
        if stop == self._prover.size:
            stop += block - 1
        return -(-start // block), stop // block

    def _compare_each(
        self,
        offset: int,
        data: bytes,
        start: int,
        found: list[bytes],
        expected: bytes,
    ) -> None:
        size = hashes_module.DIGEST
        for number, digest in enumerate(found):
            stop = min(start + self._prover.block, self._prover.size)
            right = digest == expected[number * size : (number + 1) * size]
            self._note(offset, data, start, stop, right)
            start = stop

    def _note(
        self, offset: int, data: bytes, start: int, stop: int, right: bool
    ) -> None:
        ranges = self.proved if right else self.wrong
        if ranges and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], stop)
        else:
            ranges.append((start, stop))
        self._hand_on(offset, data, start, stop, right)

    def _hand_on(
        self, offset: int, data: bytes, start: int, stop: int, proved: bool
    ) -> None:
        if self._prover.sink is not None and start < stop:
            part = memoryview(data)[start - offset : stop - offset]
            self._prover.sink(start, part, proved)
