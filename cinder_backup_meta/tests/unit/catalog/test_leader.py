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

import subprocess
import sys

from cinder import coordination
import fixtures
from tooz import coordination as tooz

from cinder_backup_meta.catalog import leader
from cinder_backup_meta.tests.unit import base

# Another process, which holds the lock until it is killed.
_HOLDER = """
import sys
from tooz import coordination
other = coordination.get_coordinator(sys.argv[1], b'other')
other.start()
lock = other.get_lock(b'cinder-work')
print(lock.acquire(blocking=False), flush=True)
sys.stdin.read()
"""


class TestSharing(base.TestCase):
    def setUp(self):
        super().setUp()
        self.url = f'file://{self.useFixture(fixtures.TempDir()).path}'
        self.config.config(group='coordination', backend_url=self.url)
        self.useFixture(fixtures.MockPatchObject(leader, '_warned', False))
        self.useFixture(fixtures.MockPatchObject(leader, '_started', None))

    def start(self):
        coordinator = coordination.Coordinator(prefix='cinder-')
        coordinator.start()
        self.addCleanup(coordinator.stop)
        self.useFixture(
            fixtures.MockPatchObject(coordination, 'COORDINATOR', coordinator)
        )

    def test_one_at_a_time(self):
        self.start()
        with leader.alone('work') as first:
            with leader.alone('work') as second:
                with leader.alone('other work') as other:
                    self.assertEqual(
                        (True, False, True), (first, second, other)
                    )
            # The one that was refused has released nothing.
            with leader.alone('work') as second:
                self.assertFalse(second)
        with leader.alone('work') as third:
            self.assertTrue(third)

    def test_error_releases(self):
        self.start()

        def fail():
            with leader.alone('work'):
                raise ZeroDivisionError

        self.assertRaises(ZeroDivisionError, fail)
        with leader.alone('work') as alone:
            self.assertTrue(alone)

    def test_death_releases(self):
        self.start()
        holder = subprocess.Popen(
            [sys.executable, '-c', _HOLDER, self.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(holder.communicate)
        self.addCleanup(holder.kill)
        self.assertEqual('True\n', holder.stdout.readline())
        with leader.alone('work') as alone:
            self.assertFalse(alone)
        holder.kill()
        holder.wait()
        with leader.alone('work') as alone:
            self.assertTrue(alone)

    def test_coordinator_that_is_not_started(self):
        self.useFixture(
            fixtures.MockPatchObject(
                coordination, 'COORDINATOR', coordination.Coordinator()
            )
        )
        self._assert_goes_on_and_tells_once()

    def test_service_that_stops(self):
        self.start()
        logger = self.useFixture(fixtures.FakeLogger(leader.LOG.logger.name))
        with leader.alone('work') as alone:
            self.assertTrue(alone)
            coordination.COORDINATOR.stop()
        with leader.alone('work') as alone:
            self.assertFalse(alone)
        self.assertEqual('', logger.output)
        coordination.COORDINATOR.start()
        with leader.alone('work') as alone:
            self.assertTrue(alone)

    def test_coordinator_that_fails(self):
        self.start()
        self.useFixture(
            fixtures.MockPatchObject(
                coordination.COORDINATOR,
                'get_lock',
                side_effect=tooz.ToozConnectionError('out of order'),
            )
        )
        self._assert_goes_on_and_tells_once()

    def _assert_goes_on_and_tells_once(self):
        with self.assertLogs(leader.LOG.logger, 'WARNING') as logged:
            for _time in range(3):
                with leader.alone('work') as alone:
                    self.assertTrue(alone)
        self.assertEqual(1, len(logged.output))
        self.assertIn('[coordination] backend_url', logged.output[0])
