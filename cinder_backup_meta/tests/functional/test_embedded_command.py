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

"""cinder-backup-meta-embedded as a command: its start and its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import fixtures
import testtools

from cinder_backup_meta.embedded import wsgi
from cinder_backup_meta.tests.functional import control_plane

MODULE = 'cinder_backup_meta.cmd.embedded'
ERROR = 'cinder-backup-meta-embedded: error: '
# A stop has five seconds for operations that run, and here none does. Cinder's
# own would wait for a minute.
QUICK = 50


class TestStop(testtools.TestCase):
    def _stop_by(self, number):
        cloud = self.useFixture(control_plane.ControlPlane())
        cloud.create_volume()
        begun = time.monotonic()
        self.assertEqual(0, cloud._process.end(number))
        self.assertLess(time.monotonic() - begun, QUICK)
        self.assertNotIn('Traceback', cloud.output())
        self.assertTrue(cloud.output().endswith('Stopping.\n'))
        self.assertFalse(os.path.exists(cloud.path('endpoint.json')))

    def test_interrupt(self):
        self._stop_by(signal.SIGINT)

    def test_terminate(self):
        self._stop_by(signal.SIGTERM)

    def test_at_once(self):
        state_dir = os.path.join(
            self.useFixture(fixtures.TempDir()).path, 'made', 'for', 'this'
        )
        popen = subprocess.Popen(
            [
                sys.executable,
                '-m',
                MODULE,
                '--state-dir',
                state_dir,
                '--port',
                '0',
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # In the midst of Cinder's start.
        while not os.path.exists(os.path.join(state_dir, 'cinder.log')):
            time.sleep(0.01)
        popen.send_signal(signal.SIGINT)
        _output, error = popen.communicate(timeout=control_plane.TIMEOUT)
        self.assertEqual((0, ''), (popen.returncode, error))
        # What is in the volumes is their owner's alone to read.
        self.assertEqual(0o700, os.stat(state_dir).st_mode & 0o777)


class TestState(testtools.TestCase):
    """What is in the state folder outlives the process."""

    def _assert_taken_up(self, stop):
        cloud = self.useFixture(control_plane.ControlPlane())
        volume_id = cloud.create_volume(name='kept')
        endpoint = cloud.endpoint
        stop(cloud)
        cloud.restart()
        self.assertEqual(endpoint, cloud.endpoint)
        self.assertEqual('kept', cloud.client().volumes.get(volume_id).name)
        cloud.create_volume()
        services = cloud.client().services.list()
        self.assertEqual(['up'] * 3, [each.state for each in services])

    def test_stopped(self):
        self._assert_taken_up(lambda cloud: cloud.stop())

    def test_crashed(self):
        self._assert_taken_up(lambda cloud: cloud.kill())

    def test_database_lost(self):
        cloud = self.useFixture(control_plane.ControlPlane())
        cloud.create_volume()
        cloud.restart(lose_database=True)
        self.assertEqual([], cloud.client().volumes.list())

    def test_odd_path(self):
        parent = self.useFixture(fixtures.TempDir()).path
        state_dir = os.path.join(parent, "it's a {folder} & more")
        cloud = self.useFixture(
            control_plane.ControlPlane(state_dir=state_dir)
        )
        cloud.create_volume()
        self.assertIn('available', cloud.cinder('list')[1])

    def test_announcement(self):
        cloud = self.useFixture(control_plane.ControlPlane())
        with open(cloud.path('endpoint.json')) as stream:
            self.assertEqual(
                {'endpoint': cloud.endpoint, 'pid': cloud.pid},
                json.load(stream),
            )
        for text in (
            f'ready at {cloud.endpoint}/v3',
            cloud.path('openrc'),
            'Ctrl-C stops it',
        ):
            self.assertIn(text, cloud.output())


class TestRefusals(testtools.TestCase):
    """What cannot work is told in one line, and nothing is left running."""

    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path

    def _run(self, *arguments, command=('-m', MODULE)):
        return subprocess.run(
            [sys.executable, *command, *arguments],
            capture_output=True,
            text=True,
            timeout=control_plane.TIMEOUT,
        )

    def _refused(self, *arguments, code=1, **more):
        done = self._run(*arguments, **more)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual('', done.stdout)
        return done.stderr

    def _one_line(self, text, *arguments, **more):
        error = self._refused('--state-dir', *arguments, **more)
        self.assertEqual(1, error.count('\n'), error)
        self.assertTrue(error.startswith(ERROR), error)
        self.assertIn(text, error)

    def test_used_port(self):
        with socket.create_server(('127.0.0.1', 0)) as taken:
            port = taken.getsockname()[1]
            self._one_line(
                f'cannot listen on 127.0.0.1 port {port} '
                '(Address already in use): choose another',
                self.folder,
                '--port',
                str(port),
            )

    def test_address_of_another_machine(self):
        self._one_line(
            'cannot listen on 192.0.2.1 port',
            self.folder,
            '--bind',
            '192.0.2.1',
            '--port',
            '0',
        )

    def test_folder_that_can_not_be_written(self):
        # Below a file: permissions would not keep root from writing.
        path = os.path.join(self.folder, 'file')
        with open(path, 'w'):
            pass
        self._one_line(
            'cannot be written (Not a directory)', os.path.join(path, 'state')
        )

    def test_folder_with_a_forbidden_character(self):
        for character in '?#%$\n':
            self._one_line(
                'has a character in its path',
                os.path.join(self.folder, f'a{character}b'),
            )
        self.assertEqual([], os.listdir(self.folder))

    def test_folder_in_use(self):
        cloud = self.useFixture(control_plane.ControlPlane())
        self._one_line(
            f'in use by a control plane that runs (process {cloud.pid})',
            cloud.state_dir,
            '--port',
            '0',
        )
        self.assertEqual(3, len(cloud.client().services.list()))
        self.assertTrue(os.path.exists(cloud.path('endpoint.json')))

    def test_config_file_that_is_not_there(self):
        self._one_line(
            'no-such-file cannot be read',
            self.folder,
            '--config-file',
            'no-such-file',
        )

    def test_config_that_cinder_refuses(self):
        path = os.path.join(self.folder, 'extra.conf')
        with open(path, 'w') as stream:
            stream.write('[DEFAULT]\nbackup_manager = no.such.Manager\n')
        self._one_line(
            'Cinder does not start: ',
            self.folder,
            '--config-file',
            path,
            '--port',
            '0',
        )
        self.assertFalse(
            os.path.exists(os.path.join(self.folder, 'endpoint.json'))
        )

    def test_cinder_is_not_installed(self):
        program = (
            f'import sys; sys.modules["cinder"] = None; '
            f'from {MODULE} import main; main()'
        )
        self._one_line(
            "pip install 'cinder-backup-meta[embedded]'",
            self.folder,
            command=('-c', program),
        )

    def test_usage(self):
        for arguments in (
            (),
            ('--state-dir', self.folder, '--port', 'x'),
            ('--state-dir', self.folder, '--port', '65536'),
            ('--state-dir', self.folder, 'more'),
        ):
            error = self._refused(*arguments, code=2)
            self.assertIn('usage: cinder-backup-meta-embedded', error)
        self.assertEqual([], os.listdir(self.folder))

    def test_addresses_that_deserve_a_warning(self):
        for address in ('0.0.0.0', '::', '192.0.2.1', 'no.such.host.'):
            self.assertFalse(wsgi.is_loopback(address), address)
        for address in ('127.0.0.1', '127.1.2.3', 'localhost', '::1'):
            self.assertTrue(wsgi.is_loopback(address), address)
