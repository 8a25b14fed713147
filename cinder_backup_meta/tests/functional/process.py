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

"""The process of an embedded control plane: its start and its end."""

import json
import os
import signal
import subprocess
import sys
import time

START_TIMEOUT = 60
STOP_TIMEOUT = 30
TAIL = 60


def tail(text, lines=TAIL):
    """Return the last lines of a text."""
    return '\n'.join(text.splitlines()[-lines:])


class Process:
    """``cinder-backup-meta-embedded``, run as an operator runs it.

    :ivar endpoint: where it answers, without a path
    """

    def __init__(
        self, state_dir, arguments, module='cinder_backup_meta.cmd.embedded'
    ):
        self._module = module
        self._state_dir = state_dir
        self._arguments = arguments
        self._popen = None
        self.endpoint = None

    @property
    def pid(self):
        return self._popen.pid

    def path(self, name):
        return os.path.join(self._state_dir, name)

    def read(self, name):
        """Return the text of a file of the state folder, '' if it lacks."""
        try:
            with open(self.path(name), encoding='utf-8') as stream:
                return stream.read()
        except FileNotFoundError:
            return ''

    def start(self, port=0):
        """Start it and wait until it answers."""
        with open(self.path('output'), 'w') as output:
            self._popen = subprocess.Popen(
                [
                    sys.executable,
                    '-m',
                    self._module,
                    '--state-dir',
                    self._state_dir,
                    '--port',
                    str(port),
                    *self._arguments,
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT
        while self._popen.poll() is None and time.monotonic() < deadline:
            announced = self.read('endpoint.json')
            # A file of an earlier process tells nothing of this one.
            if announced and json.loads(announced)['pid'] == self.pid:
                self.endpoint = json.loads(announced)['endpoint']
                return
            time.sleep(0.05)
        code = self._popen.poll()
        state = 'is not ready' if code is None else f'ended with {code}'
        raise AssertionError(
            f'the control plane {state}, its output:\n{self.read("output")}\n'
            f'its log:\n{tail(self.read("cinder.log"))}'
        )

    def end(self, number=signal.SIGINT):
        """Send a signal and wait for the end.

        :returns: the exit code, None if it was not running
        """
        if self._popen is None:
            return None
        popen, self._popen = self._popen, None
        popen.send_signal(number)
        try:
            return popen.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()
            raise AssertionError(
                'the control plane does not stop, its log:\n'
                + tail(self.read('cinder.log'))
            ) from None
