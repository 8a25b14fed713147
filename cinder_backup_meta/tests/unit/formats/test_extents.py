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

"""Sets of byte ranges, compared with sets of numbers."""

import random

from cinder_backup_meta.formats import extents
from cinder_backup_meta.tests.unit import base


def some_ranges(rng, most=60):
    """Return ranges in ascending order that may touch each other."""
    places = sorted(rng.sample(range(most), 2 * rng.randrange(10)))
    pairs = list(zip(places[::2], places[1::2], strict=True))
    return [
        (start, end + 1 if rng.random() < 0.3 else end) for start, end in pairs
    ]


def numbers(ranges):
    return {number for start, end in ranges for number in range(start, end)}


class TestExtents(base.TestCase):
    def test_like_sets_of_numbers(self):
        for seed in range(3000):
            rng = random.Random(seed)
            one, other = some_ranges(rng), some_ranges(rng)
            found = extents.joined(one)
            self.assertEqual(numbers(one), numbers(found))
            self.assertEqual(len(numbers(one)), found.size)
            both = found.union(extents.joined(other))
            self.assertEqual(numbers(one) | numbers(other), numbers(both))
            edges = list(both.edges)
            self.assertEqual(sorted(set(edges)), edges)
            start = rng.randrange(50)
            end = start + rng.randrange(1, 20)
            gaps = list(found.gaps(start, end))
            self.assertEqual(
                set(range(start, end)) - numbers(one), numbers(gaps)
            )
            for gap_start, gap_end in gaps:
                self.assertLess(gap_start, gap_end)

    def test_ranges_that_touch_are_one(self):
        found = extents.joined([(0, 2), (2, 4), (5, 6)])
        self.assertEqual([(0, 4), (5, 6)], list(found))
        self.assertEqual(2, len(found))
        joined = found.union(extents.joined([(4, 5)]))
        self.assertEqual([(0, 6)], list(joined))
