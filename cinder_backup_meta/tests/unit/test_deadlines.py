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

"""Calls that are given up, without a clock where an event will do."""

import threading

import testtools

from cinder_backup_meta import deadlines

#: Seconds for what is to happen; none of the tests takes as long.
TIMEOUT = 300
#: Seconds after which to give up on what never happens.
SOON = 0.05


class Hanging:
    """A function that does not return before it is released."""

    def __init__(self):
        self.begun = threading.Event()
        self.released = threading.Event()
        self.ended = threading.Event()
        self.outcome = None

    def __call__(self):
        self.begun.set()
        self.released.wait(TIMEOUT)
        try:
            deadlines.claim()
            self.outcome = 'committed'
        except deadlines.Expired:
            self.outcome = 'undone'
            raise
        finally:
            self.ended.set()


class TestSlots(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.slots = deadlines.Slots(lambda: 2, patience=SOON)

    def hang(self):
        hanging = Hanging()
        self.addCleanup(hanging.released.set)
        return hanging

    def test_result_and_error(self):
        self.assertEqual(7, self.slots.run(lambda: 7, TIMEOUT))
        self.assertRaises(ValueError, self.slots.run, lambda: int('x'), 9)

    def test_without_limit_no_thread(self):
        found = self.slots.run(threading.get_ident, None)
        self.assertEqual(threading.get_ident(), found)

    def test_given_up_does_not_happen_later(self):
        hanging = self.hang()
        self.assertRaises(deadlines.Expired, self.slots.run, hanging, SOON)
        hanging.released.set()
        self.assertTrue(hanging.ended.wait(TIMEOUT))
        self.assertEqual('undone', hanging.outcome)

    def test_slot_is_taken_until_the_thread_ends(self):
        calls = [self.hang() for _ in range(2)]
        for call in calls:
            self.assertRaises(deadlines.Expired, self.slots.run, call, SOON)
        self.assertRaises(deadlines.Busy, self.slots.run, int, TIMEOUT)
        calls[0].released.set()
        self.slots._patience = TIMEOUT
        self.assertEqual(0, self.slots.run(int, TIMEOUT))

    def test_error_frees_the_slot(self):
        for _ in range(3):
            self.assertRaises(ValueError, self.slots.run, lambda: int('x'), 9)

    def test_call_within_a_call_needs_no_slot(self):
        def nested(depth):
            if not depth:
                return threading.get_ident()
            return self.slots.run(lambda: nested(depth - 1), TIMEOUT)

        self.assertNotEqual(threading.get_ident(), nested(5))

    def test_progress_renews_the_time(self):
        call = deadlines._Call(self.slots, int, TIMEOUT)
        call.moved_at -= 2 * TIMEOUT
        self.assertGreater(0, call._left())
        token = deadlines._current.set(call)
        deadlines.progress()
        deadlines._current.reset(token)
        self.assertLess(0, call._left())

    def test_commit_is_waited_for_once_more(self):
        call = deadlines._Call(self.slots, int, TIMEOUT)
        call.moved_at -= 2 * TIMEOUT
        call.claim()
        self.assertFalse(call._abandon())
        self.assertLess(0, call._left())
        self.assertTrue(call._abandon())
        self.assertRaises(deadlines.Expired, call.claim)

    def test_end_of_the_request(self):
        with deadlines.within(SOON):
            hanging = self.hang()
            self.assertRaises(
                deadlines.Expired, self.slots.run, hanging, TIMEOUT
            )
            self.assertEqual(0, deadlines.remaining())
            self.assertRaises(deadlines.Expired, deadlines.claim)
        self.assertIsNone(deadlines.remaining())
        deadlines.claim()

    def test_limit_is_not_extended(self):
        with deadlines.within(0), deadlines.within(TIMEOUT):
            self.assertEqual(0, deadlines.remaining())
        with deadlines.within(0), deadlines.within(None):
            self.assertEqual(0, deadlines.remaining())


class TestSideBySide(testtools.TestCase):
    def test_order(self):
        self.assertEqual(
            [str(number) for number in range(50)],
            deadlines.side_by_side(str, range(50), 4),
        )
        self.assertEqual([], deadlines.side_by_side(str, [], 4))

    def test_threads(self):
        meeting = threading.Barrier(3)
        found = deadlines.side_by_side(
            lambda number: meeting.wait(TIMEOUT), range(3), 3
        )
        self.assertEqual({0, 1, 2}, set(found))

    def test_error(self):
        self.assertRaises(
            ValueError, deadlines.side_by_side, int, ['1', 'x', '2'], 2
        )
