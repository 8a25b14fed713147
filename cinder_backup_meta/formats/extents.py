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

"""Sets of byte ranges of a volume."""

import array
import bisect
from collections.abc import Iterable
from collections.abc import Iterator


class Extents:
    """A set of bytes of a volume, as its ranges in ascending order.

    :ivar edges: where a range begins, where it ends, where the next begins
        and so on; ranges that touch each other are one
    """

    def __init__(self, edges: Iterable[int] = ()) -> None:
        self.edges = array.array('Q', edges)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges as (start, end)."""
        edges = iter(self.edges)
        return zip(edges, edges, strict=True)

    def __len__(self) -> int:
        """Return the number of ranges."""
        return len(self.edges) // 2

    @property
    def size(self) -> int:
        """The number of bytes in the set."""
        return sum(end - start for start, end in self)

    def gaps(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the parts of a range that are not in the set."""
        first = bisect.bisect_left(self.edges, start)
        last = bisect.bisect_right(self.edges, end)
        points = self.edges[first:last]
        # A place at an even position is outside of the set.
        if first % 2 == 0:
            points.insert(0, start)
        if last % 2 == 0:
            points.append(end)
        pairs = iter(points)
        for gap_start, gap_end in zip(pairs, pairs, strict=True):
            if gap_start < gap_end:
                yield gap_start, gap_end

    def union(self, other: 'Extents') -> 'Extents':
        """Return the set of the bytes that are in one of the two.

        The cost grows with the ranges of the other; those of this one are
        copied in long runs.
        """
        old, found = self.edges, Extents()
        done = 0
        for start, end in other:
            first = bisect.bisect_left(old, start, done)
            last = bisect.bisect_right(old, end, first)
            found.edges.extend(old[done:first])
            if first % 2 == 0:
                found.edges.append(start)
            if last % 2 == 0:
                found.edges.append(end)
            done = last
        found.edges.extend(old[done:])
        return found


def joined(ranges: Iterable[tuple[int, int]]) -> Extents:
    """Return the set of some ranges, in ascending order and disjoint."""
    found = Extents()
    edges = found.edges
    for start, end in ranges:
        if edges and edges[-1] == start:
            edges[-1] = end
        else:
            edges.extend((start, end))
    return found
