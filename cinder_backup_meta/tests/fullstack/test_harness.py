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

"""The processes and servers of these tests, which others rely on."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import testtools

from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import usage
from cinder_backup_meta.tests.functional import cloud

_KEPT = """
import os, signal, subprocess, sys
from cinder_backup_meta.tests.fullstack import keeper
one = subprocess.Popen(['sleep', '600'], start_new_session=True)
keeper.add(one.pid)
keeper.add_folder(sys.argv[1])
print(one.pid, flush=True)
os.kill(os.getpid(), int(sys.argv[2]))
"""

_DATABASE = """
import os, signal
from cinder_backup_meta.tests.fullstack import servers
one = servers.new_database()
one.setUp()
print(one.tempdir, *one.pids(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def _wait_until(is_so):
    deadline = time.monotonic() + cloud.TIMEOUT
    while not is_so():
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {cloud.TIMEOUT} seconds')
        time.sleep(0.1)


def _is_running(pid):
    try:
        with open(f'/proc/{pid}/stat') as stream:
            # One that is dead may wait for somebody to ask after it.
            return stream.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class TestKeeper(testtools.TestCase):
    """Nothing is left of a test run, however it ends."""

    def _check(self, number):
        folder = tempfile.mkdtemp()
        done = subprocess.run(
            [sys.executable, '-c', _KEPT, folder, str(int(number))],
            capture_output=True,
            text=True,
            # As at a terminal. Who runs the tests in the background has it
            # ignored, and what is ignored is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.assertNotEqual(0, done.returncode, done.stderr)
        pid = int(done.stdout)
        _wait_until(lambda: not _is_running(pid))
        _wait_until(lambda: not os.path.exists(folder))

    def test_killed(self):
        self._check(signal.SIGKILL)

    def test_server_of_databases(self):
        if base.MISSING:
            self.skipTest(base.MISSING)
        done = subprocess.run(
            [sys.executable, '-c', _DATABASE], capture_output=True, text=True
        )
        self.assertEqual(-signal.SIGKILL, done.returncode, done.stderr)
        folder, *pids = done.stdout.split()
        self.assertNotEqual([], pids)
        for pid in pids:
            _wait_until(lambda pid=pid: not _is_running(pid))
        _wait_until(lambda: not os.path.exists(folder))

    def test_interrupted(self):
        self._check(signal.SIGINT)


class TestProcesses(base.FullStackTestCase):
    settings = {'backup_hosts': ('backup-1', 'backup-2')}

    def _state_of(self, binary):
        # From 3.49 on cinder-scheduler is asked too, which is not there.
        found = self.cloud.request(
            'GET',
            f'/v3/os-services?binary={binary}',
            headers={'OpenStack-API-Version': 'volume 3.0'},
        ).json()
        return {one['host']: one['state'] for one in found['services']}

    def test_two_hosts(self):
        self.assertEqual(
            {'backup-1': 'up', 'backup-2': 'up'},
            self._state_of('cinder-backup'),
        )
        for name in ('backup-1', 'backup-2'):
            service = self.cloud.services[name]
            self.assertIn(f'host = {name}\n', service.read(f'{name}.conf'))
            self.assertNotEqual('', service.log_text())

    def test_kill(self):
        pids = [one.pid for one in self.cloud.services.values()]
        self.assertEqual(3, len(set(pids)))
        killed = self.cloud.services['backup-2']
        pid = killed.pid
        self.cloud.kill('backup-2')
        self.assertFalse(_is_running(pid))
        # The end of the connection informs the broker.
        _wait_until(lambda: not killed.listens())
        self.assertTrue(self.cloud.services['backup-1'].listens())
        self.cloud.start('backup-2')
        self.assertTrue(killed.listens())
        self.assertNotEqual(pid, killed.pid)

    def test_memory(self):
        for pids in self.cloud.pids().values():
            peak, now = usage.memory(pids)
            self.assertGreaterEqual(peak, now)
            self.assertGreater(now, 2**20)

    def test_statements_are_counted(self):
        count = self.cloud.servers.database.statements
        before = count()
        for _ in range(100):
            self.cloud.select('SELECT 1')
        self.assertGreaterEqual(count() - before, 100)


class TestServers(base.FullStackTestCase):
    """Cinder finds its servers again."""

    def _assert_serves(self):
        # A connection that is not there any more is found by its use.
        _wait_until(
            lambda: self.cloud.request('GET', '/v3/backups').status_code == 200
        )

    def test_database_restarted(self):
        # Keystone's is gone as well: cinder-api has to know the token.
        self._assert_serves()
        self.cloud.servers.database.stop(signal.SIGKILL)
        try:
            response = self.cloud.request('GET', '/v3/backups')
        finally:
            self.cloud.servers.database.start()
        self.assertEqual(500, response.status_code)
        self._assert_serves()

    def test_broker_restarted(self):
        service = self.cloud.services['backup-1']
        self.assertTrue(service.listens())
        self.cloud.servers.broker.stop()
        self.cloud.servers.broker.start()
        _wait_until(service.listens)
        self._assert_serves()
