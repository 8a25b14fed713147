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

import json
import os
import subprocess
import sys
import threading
import time

from cinder import coordination
import fixtures
from oslo_config import cfg
import testtools

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import leader
from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import worker
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit import rows

TIMEOUT = 300

# A host that stops in the middle of its first pass and waits to be killed.
_OTHER_HOST = """
import json
import sys
import time

from cinder_backup_meta.tests import unit  # noqa: F401  as Cinder is run

from cinder import coordination
from oslo_config import cfg

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import worker
from cinder_backup_meta.db import paging
from cinder_backup_meta.repositories import drivers

cfg.CONF([], project='cinder', default_config_files=[])
for group, name, value in json.loads(sys.argv[1]):
    cfg.CONF.set_override(name, value, group=group)
coordination.COORDINATOR.start()
paging.PAGE = 2
capture_page = capture._capture_page

def hang(*args):
    capture_page(*args)
    print('captured', flush=True)
    time.sleep(600)

capture._capture_page = hang
one = worker.Worker(records.Maker(drivers.Instances(cfg.CONF.backup_driver)))
one.wake()
one.join()
"""

_UNDER_EVENTLET = """
import sys

import eventlet
eventlet.monkey_patch()

from testtools import run
run.main(sys.argv, sys.stdout)
"""


class WorkerTestCase(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        coordinator = coordination.Coordinator(prefix='cinder-')
        self.config.config(
            group='coordination',
            backend_url=f'file://{self.useFixture(fixtures.TempDir()).path}',
        )
        coordinator.start()
        self.addCleanup(coordinator.stop)
        self.useFixture(base.patch(coordination, 'COORDINATOR', coordinator))
        self.logger = self.useFixture(
            fixtures.FakeLogger(worker.LOG.logger.name)
        )
        self._known = 0
        self.worker = self.new_worker()

    def new_worker(self):
        made = worker.Worker(self.maker)
        self.addCleanup(made.join, TIMEOUT)
        return made

    def put(self, *numbers):
        self.worker.put(*map(rows.backup_id, numbers))
        self.worker.join(TIMEOUT)

    def wake(self):
        self.worker.wake()
        self.worker.join(TIMEOUT)

    def lines(self):
        """Return what was logged since the last time."""
        lines = self.logger.output.splitlines()
        new, self._known = lines[self._known :], len(lines)
        return new

    def hold(self):
        """Let nothing be captured until the event that is returned."""
        event = threading.Event()
        self.addCleanup(event.set)
        capture_ids = capture.capture_ids

        def wait(*args):
            event.wait(TIMEOUT)
            return capture_ids(*args)

        self.useFixture(base.patch(capture, 'capture_ids', wait))
        return event


class TestMany(WorkerTestCase):
    def test_captured_together_and_after_the_last(self):
        self.insert(*range(4))
        done = []
        capture_ids = capture.capture_ids

        def note(context, backup_ids, maker):
            done.append(len(backup_ids))
            return capture_ids(context, backup_ids, maker)

        self.useFixture(base.patch(capture, 'capture_ids', note))
        for numbers in ((0, 1), (2,), (2, 3)):
            self.worker.put_many([rows.backup_id(one) for one in numbers])
            self.assertEqual([], done)
        # One that just ended does not wait for that.
        self.put(0)
        self.assertEqual([1, 4], done)
        self.assertEqual({0, 1, 2, 3}, set(self.states()))


class TestWorker(WorkerTestCase):
    def test_captures_what_it_is_told_of(self):
        self.insert(1, 2, 3)
        self.worker.put(rows.backup_id(1), None)
        self.worker.put(rows.backup_id(3))
        self.worker.join(TIMEOUT)
        self.assertEqual({1: 'current', 3: 'current'}, self.states())
        self.assertEqual([], self.lines())

    def test_thread_ends_with_the_work(self):
        self.put(1)
        self.assertNotIn(
            'capture-records',
            [thread.name for thread in threading.enumerate()],
        )

    def test_does_not_keep_the_process(self):
        event = self.hold()
        self.worker.put(rows.backup_id(1))
        [thread] = [
            thread
            for thread in threading.enumerate()
            if thread.name == 'capture-records'
        ]
        self.assertTrue(thread.daemon)
        event.set()

    def test_nobody_waits_for_it(self):
        event = self.hold()
        self.insert(1, 2)
        before = time.monotonic()
        for _time in range(1000):
            self.worker.put(rows.backup_id(1), rows.backup_id(2))
        self.worker.wake()
        self.assertLess(time.monotonic() - before, TIMEOUT / 2)
        self.assertEqual({}, self.states())
        event.set()
        self.worker.join(TIMEOUT)
        self.assertEqual({1, 2}, set(self.states()))

    def test_same_backup_is_captured_once(self):
        event = self.hold()
        seen = []
        capture_page = capture._capture_page

        def note(context, backup_ids, maker):
            seen.append(backup_ids)
            return capture_page(context, backup_ids, maker)

        self.useFixture(base.patch(capture, '_capture_page', note))
        self.insert(1, 2)
        self.worker.put(rows.backup_id(1))
        for _time in range(10):
            self.worker.put(rows.backup_id(2))
            self.worker.put(rows.backup_id(1))
        event.set()
        self.worker.join(TIMEOUT)
        numbers = [backup_id for page in seen for backup_id in page]
        # What came before the first capture began, and all that came later.
        self.assertLessEqual(len(numbers), 4)
        self.assertEqual({1, 2}, set(self.states()))

    def test_what_does_not_fit_is_left_to_a_pass(self):
        self.useFixture(base.patch(worker, 'LIMIT', 10))
        self.worker = self.new_worker()
        event = self.hold()
        for number in range(1000):
            self.worker.put(rows.backup_id(number))
        self.insert(*range(1000))
        event.set()
        self.worker.join(TIMEOUT)
        # What was waiting, and what was being done meanwhile.
        self.assertLessEqual(len(self.states()), 20)
        self.wake()
        self.assertEqual(1000, len(self.states()))

    def test_event_does_not_wait_for_a_pass(self):
        event = threading.Event()
        self.addCleanup(event.set)
        run_due = passes.run_due

        def wait(*args):
            event.wait(TIMEOUT)
            return run_due(*args)

        self.useFixture(base.patch(passes, 'run_due', wait))
        self.insert(1, 2)
        self.worker.wake()
        self.worker.put(rows.backup_id(1))
        self.worker._events.join(TIMEOUT)
        self.assertEqual({1: 'current'}, self.states())
        event.set()
        self.worker.join(TIMEOUT)
        self.assertEqual({1: 'current', 2: 'current'}, self.states())

    def test_turned_off(self):
        self.config.config(group='backup_meta_catalog', capture=False)
        self.insert(1)
        self.put(1)
        self.wake()
        self.assertEqual({}, self.states())

    def test_error_that_nobody_foresaw(self):
        self.insert(1)
        error = base.patch(capture, 'capture_ids', lambda *args: 1 / 0)
        with error:
            self.put(1)
            self.wake()
            self.put(1)
        told = self.lines()
        self.assertEqual(1, str(told).count('cannot be captured'))
        # Of what is no fault of the database, the place is told.
        self.assertIn('ZeroDivisionError', str(told))
        self.wake()
        self.assertEqual(
            ['The records of backups are captured again.'], self.lines()
        )
        self.assertEqual({1: 'current'}, self.states())

    def test_no_thread_can_be_started(self):
        with base.patch(threading.Thread, 'start', self._fail_to_start):
            self.put(1)
        self.insert(1)
        self.wake()
        self.assertEqual({1: 'current'}, self.states())

    def _fail_to_start(self, *args):
        raise RuntimeError("can't start new thread")


class TestEventlet(testtools.TestCase):
    """Cinder's services run under eventlet where nothing else is asked for."""

    def test_same_in_green_threads(self):
        names = [
            f'{__name__}.{case.__name__}' for case in (TestWorker, TestOutage)
        ]
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', _UNDER_EVENTLET, *names],
            capture_output=True,
            text=True,
            timeout=TIMEOUT * 2,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertRegex(done.stdout, 'Ran [1-9]')


class TestPass(WorkerTestCase):
    def test_captures_everything_at_first(self):
        self.insert(1, 2)
        self.wake()
        self.assertEqual({1: 'current', 2: 'current'}, self.states())

    def test_another_host_is_at_it(self):
        self.insert(1)
        name = f'backup-meta-capture-{self.maker.driver_name}'
        with leader.alone(name):
            self.wake()
            self.assertEqual({}, self.states())
            # What it is told of it captures all the same.
            self.put(1)
            self.assertEqual({1: 'current'}, self.states())
        self.insert(2)
        self.wake()
        self.assertEqual({1, 2}, set(self.states()))

    def test_two_hosts_share_the_passes(self):
        self.config.config(group='backup_meta_catalog', capture_interval=3000)
        done = []
        compare_all = passes.compare_all

        def note(*args):
            done.append(args)
            return compare_all(*args)

        self.useFixture(base.patch(passes, 'compare_all', note))
        self.insert(*range(10))
        workers = [self.worker, self.new_worker()]
        for _time in range(3):
            for one in workers:
                one.wake()
            for one in workers:
                one.join(TIMEOUT)
        self.assertEqual(1, len(done))
        self.assertEqual(10, len(self.states()))

    def test_another_host_dies_in_the_middle(self):
        self.insert(*range(5))
        options = [
            (None, 'backup_driver', samples.POSIX),
            ('database', 'connection', str(models.get_engine().url)),
            *(
                (group, name, cfg.CONF[group][name])
                for group, name in (
                    ('coordination', 'backend_url'),
                    ('backup_meta_catalog', 'connection'),
                )
            ),
        ]
        other = subprocess.Popen(
            [sys.executable, '-c', _OTHER_HOST, json.dumps(options)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(other.communicate)
        self.addCleanup(other.kill)
        self.assertEqual('captured\n', other.stdout.readline())
        self.wake()
        self.assertEqual({0, 1}, set(self.states()))
        other.kill()
        other.wait()
        self.wake()
        self.assertEqual(set(range(5)), set(self.states()))
        self.assertEqual([], self.lines())

    def test_no_coordinator(self):
        self.useFixture(
            base.patch(coordination, 'COORDINATOR', coordination.Coordinator())
        )
        self.useFixture(base.patch(leader, '_warned', False))
        self.insert(1)
        self.wake()
        self.assertEqual({1: 'current'}, self.states())


class TestOutage(WorkerTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(group='backup_meta_catalog', capture_interval=1)
        self.insert(1)
        self.wake()
        self.lines()
        with open(self.catalog.path, 'rb') as stream:
            self.saved = stream.read()

    def _mend(self):
        with open(self.catalog.path, 'wb') as stream:
            stream.write(self.saved)
        # Until the next pass is due.
        time.sleep(1)

    def test_logged_once_and_caught_up(self):
        self.catalog.break_()
        for number in (2, 3):
            self.insert(number, created_at=clock.utcnow())
            self.put(number)
            self.wake()
        [line] = self.lines()
        self.assertIn('file is not a database', line)
        self.assertIn('[backup_meta_catalog] connection', line)
        self._mend()
        self.wake()
        self.assertEqual(
            ['The records of backups are captured again.'], self.lines()
        )
        self.assertEqual({1, 2, 3}, set(self.states()))
        self.catalog.break_()
        self.put(1)
        self.assertEqual(1, len(self.lines()))

    def test_nothing_is_done_until_the_next_pass(self):
        self.catalog.break_()
        self.put(1)
        self._mend()
        self.lines()
        self.insert(2)
        self.useFixture(
            base.patch(threading.Thread, 'start', self._must_not_start)
        )
        self.put(2)
        self.assertEqual({1}, set(self.states()))

    def _must_not_start(self, *args):
        raise AssertionError

    def test_cinders_database_is_down(self):
        self.execute('ALTER TABLE backups RENAME TO lost')
        self.put(1)
        self.wake()
        [line] = self.lines()
        self.assertIn('no such table: backups', line)
        self.execute('ALTER TABLE lost RENAME TO backups')
        self.insert(2, created_at=clock.utcnow())
        self.wake()
        self.assertEqual(
            ['The records of backups are captured again.'], self.lines()
        )
        self.assertEqual({1, 2}, set(self.states()))


class TestWithoutTables(WorkerTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=False)
        )
        self.insert(1)

    def _assert_told_once(self):
        for _time in range(2):
            self.put(1)
            self.wake()
        [line] = self.lines()
        self.assertIn('run cinder-backup-meta-manage db sync', line)

    def test_no_file(self):
        self._assert_told_once()
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_tables_of_an_older_release(self):
        self.catalog.execute('CREATE TABLE retained_backups (backup_id INT)')
        self._assert_told_once()

    def test_made_later(self):
        self._assert_told_once()
        migration.upgrade()
        self.wake()
        self.assertEqual(
            ['The records of backups are captured again.'], self.lines()
        )
        self.assertEqual({1: 'current'}, self.states())
