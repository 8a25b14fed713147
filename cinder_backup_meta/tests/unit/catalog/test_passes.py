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

import datetime
import itertools

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import passes
from cinder_backup_meta.db.catalog import marks
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db import clock
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import rows

SECOND = datetime.timedelta(seconds=1)


class PassesTestCase(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        self.now = datetime.datetime(2026, 6, 1, 12, 0, 0)
        self.useFixture(base.patch(clock, 'utcnow', lambda: self.now))
        self.options(capture_overlap=300, deleted_retention=30)

    def options(self, **values):
        self.config.config(group='backup_meta_catalog', **values)

    def compare(self):
        return passes.compare_all(self.context, self.maker)

    def capture(self):
        return passes.capture_changed(self.context, self.maker)

    def mark(self):
        with session.reader(self.context):
            return marks.get(self.context, self.maker.driver_name)

    def change_now(self, number, **values):
        self.change(number, updated_at=self.now, **values)


class TestComparison(PassesTestCase):
    def test_captures_all(self):
        self.insert(*range(5))
        self.assertEqual(5, self.compare())
        self.assertEqual(dict.fromkeys(range(5), 'current'), self.states())
        self.assertEqual(0, self.compare())

    def test_pages(self):
        self.insert(*range(10))
        self.insert(10, status='creating')
        whole = set(range(10))
        # Whether the last page is full or not.
        for size in (3, 5, 11):
            self.useFixture(base.page_of(size))
            self.catalog.execute('DELETE FROM backup_records')
            self.assertEqual(10, self.compare())
            self.assertEqual(whole, set(self.entries()))
            self.lose(0, 4, 5, 9)
            self.assertEqual(4, self.compare())
            missing = [
                number
                for number, state in self.states().items()
                if state == 'missing'
            ]
            self.assertEqual([0, 4, 5, 9], missing)
            self.insert(0, 4, 5, 9)

    def test_empty_database_deletes_nothing(self):
        self.insert(*range(5))
        self.compare()
        before = self.entries()
        self.empty_database()
        self.assertEqual(5, self.compare())
        after = self.entries()
        self.assertEqual(dict.fromkeys(range(5), 'missing'), self.states())
        for number in range(5):
            self.assertEqual(before[number]['record'], after[number]['record'])
        self.now += datetime.timedelta(days=1000)
        self.assertEqual(0, self.compare())
        self.assertEqual(after, self.entries())

    def test_smaller_database_deletes_nothing(self):
        self.insert(*range(5))
        self.compare()
        self.lose(1, 2)
        self.compare()
        self.now += datetime.timedelta(days=1000)
        self.compare()
        self.assertEqual(
            {
                0: 'current',
                1: 'missing',
                2: 'missing',
                3: 'current',
                4: 'current',
            },
            self.states(),
        )

    def test_older_database(self):
        # A dump from before the last change is restored.
        self.insert(1)
        self.compare()
        self.change(1, display_name='newer')
        self.compare()
        self.change(1, display_name='backup 1', updated_at=rows.T0)
        self.assertEqual(1, self.compare())
        self.assertEqual('backup 1', self.entries()[1]['name'])

    def test_database_comes_back(self):
        self.insert(1)
        self.compare()
        self.empty_database()
        self.compare()
        self.insert(1)
        self.assertEqual(1, self.compare())
        self.assertEqual({1: 'current'}, self.states())

    def test_deletion_that_nobody_told_of(self):
        self.insert(1, 2)
        self.compare()
        self.soft_delete(1)
        self.assertEqual(1, self.compare())
        self.assertEqual({1: 'deleted', 2: 'current'}, self.states())

    def test_change_of_metadata_that_nobody_told_of(self):
        self.insert(1)
        self.compare()
        rows.insert(self.context, metadata=[(rows.backup_id(1), 'a', 'b')])
        self.assertEqual(1, self.compare())

    def test_notes_when(self):
        self.compare()
        self.assertEqual(marks.Mark(self.now, self.now, self.now), self.mark())

    def test_killed_notes_nothing(self):
        self.useFixture(base.page_of(1))
        self.insert(1, 2)
        with self.killed_at(2):
            self.assertRaises(Killed, self.compare)
        self.assertEqual(marks.Mark(), self.mark())
        self.assertEqual({1: 'current'}, self.states())
        self.assertEqual(1, self.compare())

    def killed_at(self, number):
        """Die when so many pages are to be captured."""
        counter = itertools.count(1)
        capture_page = capture._capture_page

        def die(*args):
            if next(counter) == number:
                raise Killed
            return capture_page(*args)

        return base.patch(capture, '_capture_page', die)


class Killed(BaseException):
    pass


class TestPurge(PassesTestCase):
    def setUp(self):
        super().setUp()
        self.insert(1, 2, 3)
        self.compare()
        self.soft_delete(1)
        self.lose(2)
        self.compare()

    def _after(self, **time):
        self.now += datetime.timedelta(**time)
        self.compare()
        return self.states()

    def test_after_retention(self):
        states = {1: 'deleted', 2: 'missing', 3: 'current'}
        self.assertEqual(states, self._after(days=30))
        del states[1]
        self.assertEqual(states, self._after(seconds=1))

    def test_cinder_purges_its_row_first(self):
        self.lose(1)
        self.assertEqual('deleted', self._after(days=30)[1])
        self.assertNotIn(1, self._after(days=1))

    def test_deletion_is_what_counts(self):
        self.options(deleted_retention=0)
        self.assertEqual({2: 'missing', 3: 'current'}, self._after(seconds=1))

    def test_revived(self):
        self.change(1, status='available', deleted=False, deleted_at=None)
        self._after(days=1)
        self.assertEqual('current', self._after(days=1000)[1])

    def test_captures_purge_nothing(self):
        self.now += datetime.timedelta(days=1000)
        self.capture()
        self.assertEqual('deleted', self.states()[1])


class TestChanges(PassesTestCase):
    def test_first_time_captures_all(self):
        self.insert(*range(5))
        self.assertEqual(5, self.capture())
        self.assertEqual(marks.Mark(self.now, self.now, self.now), self.mark())

    def test_only_what_has_changed_is_looked_at(self):
        self.insert(*range(5))
        self.capture()
        looked_at = []
        by_ids = backups.by_ids

        def note(context, backup_ids):
            looked_at.extend(backup_ids)
            return by_ids(context, backup_ids)

        self.useFixture(base.patch(backups, 'by_ids', note))
        self.now += 60 * SECOND
        self.change_now(1, display_name='other')
        self.insert(7, created_at=self.now, updated_at=None)
        self.assertEqual(2, self.capture())
        self.assertEqual([rows.backup_id(1), rows.backup_id(7)], looked_at)
        self.assertEqual('other', self.entries()[1]['name'])

    def test_deletion(self):
        self.insert(1)
        self.capture()
        self.now = base.LATER
        self.soft_delete(1)
        self.assertEqual(1, self.capture())
        self.assertEqual({1: 'deleted'}, self.states())

    def test_metadata(self):
        self.insert(1)
        self.capture()
        # The database notes the real time.
        self.now = datetime.datetime(2020, 1, 1)
        rows.insert(self.context, metadata=[(rows.backup_id(1), 'a', 'b')])
        self.assertEqual(1, self.capture())

    def test_what_is_committed_late_or_by_a_slow_clock(self):
        self.insert(1)
        self.capture()
        self.now += 60 * SECOND
        self.capture()
        noted = self.now
        self.now += 60 * SECOND
        self.change(1, updated_at=noted - 300 * SECOND, display_name='in time')
        self.assertEqual(1, self.capture())
        self.change(
            1, updated_at=noted - 301 * SECOND, display_name='too late'
        )
        self.assertEqual(0, self.capture())
        self.assertEqual(1, self.compare())

    def test_clock_that_was_ahead(self):
        self.insert(1)
        self.now += 86400 * SECOND
        self.capture()
        self.now -= 86400 * SECOND
        self.change_now(1, display_name='other')
        self.assertEqual(1, self.capture())
        self.assertEqual(self.now, self.mark().watermark)

    def test_lost_is_found_by_comparison_only(self):
        self.insert(1)
        self.capture()
        self.lose(1)
        self.now += 60 * SECOND
        self.assertEqual(0, self.capture())
        self.assertEqual({1: 'current'}, self.states())

    def test_time_when_it_began_is_noted(self):
        self.insert(1)
        self.capture()
        changed_since = passes._changed_since

        def slowly(*args):
            found = changed_since(*args)
            self.now += 1000 * SECOND
            return found

        self.useFixture(base.patch(passes, '_changed_since', slowly))
        began = self.now
        self.capture()
        self.assertEqual(began, self.mark().watermark)
        self.assertEqual(self.now, self.mark().last_capture_at)


class TestDue(PassesTestCase):
    def setUp(self):
        super().setUp()
        self.options(capture_interval=60, comparison_interval=3600)
        self.started_at = self.now
        self.done = []
        for name in ('compare_all', 'capture_changed'):
            self.useFixture(base.patch(passes, name, self._note(name)))

    def _note(self, name):
        function = getattr(passes, name)

        def note(*args):
            self.done.append(name)
            return function(*args)

        return note

    def run_due(self):
        del self.done[:]
        passes.run_due(self.context, self.maker, self.started_at)
        return self.done

    def test_start(self):
        self.assertEqual(['compare_all'], self.run_due())
        self.assertEqual([], self.run_due())

    def test_every_start(self):
        self.run_due()
        self.now += SECOND
        self.started_at = self.now
        self.assertEqual(['compare_all'], self.run_due())

    def test_intervals(self):
        self.run_due()
        self.now += 50 * SECOND
        self.assertEqual([], self.run_due())
        self.now += 10 * SECOND
        self.assertEqual(['capture_changed'], self.run_due())
        self.assertEqual([], self.run_due())
        self.now += 3600 * SECOND
        self.assertEqual(['compare_all'], self.run_due())

    def test_what_another_host_has_done(self):
        self.run_due()
        self.now += 60 * SECOND
        with session.writer(self.context):
            marks.put(
                self.context,
                self.maker.driver_name,
                last_capture_at=self.now - 10 * SECOND,
            )
        self.assertEqual([], self.run_due())

    def test_what_a_host_with_another_driver_has_done(self):
        with session.writer(self.context):
            marks.put(
                self.context,
                'vendor.Driver',
                watermark=self.now,
                last_capture_at=self.now,
                last_comparison_at=self.now,
            )
        self.assertEqual(['compare_all'], self.run_due())

    def test_host_whose_clock_is_ahead(self):
        self.run_due()
        with session.writer(self.context):
            marks.put(
                self.context,
                self.maker.driver_name,
                last_capture_at=self.now + 600 * SECOND,
            )
        self.assertEqual(['capture_changed'], self.run_due())

    def test_turned_off(self):
        self.options(capture_interval=0, comparison_interval=0)
        self.assertEqual([], self.run_due())
        self.options(capture_interval=60)
        # The first time, it has to capture everything.
        self.assertEqual(['capture_changed', 'compare_all'], self.run_due())


class TestDrop(PassesTestCase):
    """The loss of many rows is noticed by the next pass over the changes."""

    def setUp(self):
        super().setUp()
        self.options(capture_interval=60, comparison_interval=3600)
        self.started_at = self.now
        self.insert(*range(20))
        self.due()

    def due(self):
        passes.run_due(self.context, self.maker, self.started_at)
        self.now += datetime.timedelta(seconds=61)

    def missing(self):
        return [
            number
            for number, state in self.states().items()
            if state == 'missing'
        ]

    def test_all_rows(self):
        self.empty_database()
        self.due()
        self.assertEqual(list(range(20)), sorted(self.missing()))

    def test_some_rows(self):
        self.lose(3, 4)
        self.due()
        self.assertEqual([3, 4], sorted(self.missing()))

    def test_unfinished_backups_do_not_hide_it(self):
        for number in range(30, 40):
            self.insert(number, status='error')
        self.lose(3, 4, 5)
        self.due()
        self.assertEqual([3, 4, 5], sorted(self.missing()))

    def test_backups_that_have_failed_are_compared_once(self):
        for number in range(10):
            self.change(number, status='error')
        self.due()
        compared = self.mark().last_comparison_at
        self.due()
        self.assertEqual(compared, self.mark().last_comparison_at)
        self.lose(13, 14)
        self.due()
        self.assertEqual([13, 14], sorted(self.missing()))

    def test_single_row_waits_for_the_comparison(self):
        self.lose(3)
        self.due()
        self.assertEqual([], self.missing())

    def test_deleted_backups_are_not_lost(self):
        compared = self.mark().last_comparison_at
        for number in range(10):
            self.change(
                number, deleted=True, deleted_at=self.now, status='deleted'
            )
        self.due()
        self.assertEqual([], self.missing())
        self.assertEqual(compared, self.mark().last_comparison_at)
