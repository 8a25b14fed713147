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

"""The demonstration, from its beginning to its end."""

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from unittest import mock

import fixtures
import testtools

from cinder_backup_meta.cmd import demo
from cinder_backup_meta.embedded.demo import story
from cinder_backup_meta.embedded import exception
from cinder_backup_meta.tests.functional import process

COMMAND = (sys.executable, '-m', 'cinder_backup_meta.cmd.demo')


class TestDemo(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable('TMPDIR', self.folder))

    def test_all_of_it(self):
        state_dir = os.path.join(self.folder, 'state')
        popen = subprocess.Popen(
            (*COMMAND, '--keep', '--state-dir', state_dir),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # As a terminal does, send the signal to all of them.
            start_new_session=True,
        )
        self.addCleanup(popen.stdout.close)
        lines = []
        for line in popen.stdout:
            lines.append(line)
            if line.startswith('Ctrl-C stops it'):
                break
        self._assert_told(''.join(lines))
        self._assert_kept(state_dir)
        os.killpg(popen.pid, signal.SIGINT)
        self.assertEqual(0, popen.wait(timeout=process.START_TIMEOUT))
        self.assertNotIn('Traceback', popen.stdout.read())
        self.assertTrue(os.path.exists(f'{state_dir}/cinder.sqlite'))
        self.assertFalse(os.path.exists(f'{state_dir}/endpoint.json'))

    def _assert_told(self, output):
        self.assertIn('\nPASS: the restored volume is identical', output)
        for number in range(1, 19):
            self.assertIn(f'[{number}/18]', output)
        for command in (
            'create',
            'backup-create --name',
            'backup-create --incremental',
            'backup-export',
            'backup-import',
            'backup-list',
            'backup-restore',
        ):
            self.assertIn(f'$ cinder {command} ', output.replace('\n', ' '))
        self.assertIn('Recovered: 2 backups (1 full), 2 GiB', output)
        lost, restored = re.findall(r': +SHA-256 (\w{64})\n', output)
        self.assertEqual(lost, restored)

    def _assert_kept(self, state_dir):
        listed = subprocess.check_output(
            [
                'sh',
                '-c',
                f'. {state_dir}/openrc && exec "$0" list',
                os.path.join(os.path.dirname(sys.executable), 'cinder'),
            ],
            text=True,
        )
        self.assertIn('ID', listed)

    def test_interrupted(self):
        popen = subprocess.Popen(
            COMMAND,
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # As at a terminal. Who runs the tests in the background has it
            # ignored, and what is ignored is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        while '[3/18]' not in popen.stdout.readline():
            pass
        time.sleep(1)
        os.killpg(popen.pid, signal.SIGINT)
        output, _ = popen.communicate(timeout=process.START_TIMEOUT)
        self.assertEqual(130, popen.returncode, output)
        self.assertTrue(output.endswith('Interrupted.\n'), output)
        self.assertEqual([], os.listdir(self.folder))


class TestEnd(testtools.TestCase):
    """It must not say that all is well when it is not."""

    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.MonkeyPatch('tempfile.tempdir', self.folder))

    def _run(self, *arguments):
        output = io.StringIO()
        with (
            contextlib.redirect_stdout(output),
            contextlib.redirect_stderr(output),
        ):
            code = demo.main(arguments)
        return code, output.getvalue()

    def _run_step(self, function):
        steps = (('Do it', 'To see.', function),)
        with mock.patch.object(story, 'STEPS', steps):
            return self._run()

    def test_data_that_is_the_same(self):
        def step(told):
            story.start(told)
            told.expected = told.found = 'a'

        code, output = self._run_step(step)
        self.assertEqual(0, code, output)
        self.assertIn('PASS: the restored volume is identical', output)
        self.assertEqual([], os.listdir(self.folder))

    def test_data_that_differs(self):
        def step(told):
            told.expected, told.found = 'a', 'b'

        code, output = self._run_step(step)
        self.assertEqual(1, code)
        self.assertIn('FAIL: the restored volume differs', output)
        self.assertNotIn('PASS', output)

    def test_step_that_fails(self):
        def step(told):
            told.screen.command(['cinder', 'list'])
            raise exception.DemoError('it does not work', 'said\nwhy\n')

        code, output = self._run_step(step)
        self.assertEqual(1, code)
        # The folder is left, for the log that it names.
        [kept] = os.listdir(self.folder)
        self.assertTrue(
            output.endswith(
                '    $ cinder list\nsaid\nwhy\n\nFAIL: it does not work\n'
                f'    the log of Cinder: {self.folder}/{kept}/cinder.log\n'
            )
        )

    def test_cinder_that_does_not_start(self):
        def step(told):
            told.cloud.arguments += ['--no-such-option']
            story.start(told)

        code, output = self._run_step(step)
        self.assertEqual(1, code)
        self.assertIn('unrecognized arguments: --no-such-option', output)
        self.assertIn('FAIL: Cinder did not start', output)

    def test_folder_that_is_not_empty(self):
        with tempfile.NamedTemporaryFile(dir=self.folder):
            code, output = self._run('--state-dir', self.folder)
            self.assertEqual(1, code)
            self.assertIn('error: the folder', output)
            self.assertEqual(1, output.count('\n'))
            self.assertEqual(1, len(os.listdir(self.folder)))

    def test_folder_that_can_not_be_used(self):
        code, output = self._run('--state-dir', __file__)
        self.assertEqual(1, code)
        self.assertIn('cannot be used (File exists)', output)
