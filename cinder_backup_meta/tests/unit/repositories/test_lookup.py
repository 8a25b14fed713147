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

import functools
import threading
import time

from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.tests.unit import base


class TestSideBySide(base.TestCase):
    def test_answers_are_in_order(self):
        def answer(number):
            time.sleep(number % 3 / 500)
            return number * 2

        numbers = list(range(30))
        self.assertEqual(
            [number * 2 for number in numbers],
            lookup.side_by_side(answer, numbers),
        )

    def test_nothing(self):
        self.assertEqual([], lookup.side_by_side(int, []))

    def test_a_storage_that_answers_slowly_is_asked_in_threads(self):
        self.config.config(lookup_threads=4, group='backup_meta')
        meeting = threading.Barrier(4)

        def answer(number):
            # Only the one that shows that it is slow is asked for alone.
            if number:
                meeting.wait(30)
            else:
                time.sleep(0.01)
            return threading.get_ident()

        threads = lookup.side_by_side(answer, list(range(5)))
        self.assertEqual(5, len(set(threads)))

    def test_a_storage_that_answers_at_once_is_asked_without(self):
        threads = lookup.side_by_side(
            lambda number: threading.get_ident(), [0]
        )
        self.assertEqual([threading.get_ident()], threads)

    def test_errors_are_raised(self):
        for slow in (0, 0.01):

            def fail(number, slow):
                time.sleep(slow)
                if number == 2:
                    raise ValueError

            self.assertRaises(
                ValueError,
                lookup.side_by_side,
                functools.partial(fail, slow=slow),
                [1, 2, 3],
            )
