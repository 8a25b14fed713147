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

"""Processes of the real Cinder: their start and their end."""

import json
import os
import signal
import subprocess
import sys
import time

# Nothing is measured by these. They only end what would never end, even on a
# machine that has other work too.
START_TIMEOUT = 600
STOP_TIMEOUT = 120
TAIL = 60


def tail(text, lines=TAIL):
    """Return the last lines of a text."""
    return '\n'.join(text.splitlines()[-lines:])


def call(command, timeout, codes=(0,), **arguments):
    """Run a command to its end.

    :param timeout: seconds
    :param codes: the exit codes that it may end with; None: any
    :param arguments: more for :func:`subprocess.run`
    :returns: the :class:`subprocess.CompletedProcess`, with its output
    """
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        **arguments,
    )
    if codes is not None and done.returncode not in codes:
        raise AssertionError(
            f'{" ".join(command)} ended with {done.returncode}:\n'
            f'{done.stdout}{done.stderr}'
        )
    return done


class Process:
    """A process of which others tell when it is ready.

    :param state_dir: the folder of what it writes
    :param name: what to call it in messages
    :param output: the name of the file for what it prints
    :param log: the name of its log file
    """

    #: Whether it leads a group of its own, which ends with it.
    own_group = False

    def __init__(self, state_dir, name, output='output', log='cinder.log'):
        self._state_dir = state_dir
        self._name = name
        self._output = output
        self._log = log
        self._popen = None

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

    def run(self, command, **environ):
        """Start a command and wait until it is ready."""
        with open(self.path(self._output), 'w') as output:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **environ},
                start_new_session=self.own_group,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.end(signal.SIGKILL)
            raise

    def _is_ready(self):
        raise NotImplementedError

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_TIMEOUT
        while self._popen.poll() is None and time.monotonic() < deadline:
            if self._is_ready():
                return
            time.sleep(0.05)
        code = self._popen.poll()
        state = 'is not ready' if code is None else f'ended with {code}'
        raise AssertionError(
            f'{self._name} {state}, its output:\n{self.read(self._output)}\n'
            f'its log:\n{tail(self.read(self._log))}'
        )

    def _send(self, popen, number):
        if self.own_group:
            os.killpg(popen.pid, number)
        else:
            popen.send_signal(number)

    def end(self, number=signal.SIGINT):
        """Send a signal and wait for the end.

        :returns: the exit code, None if it was not running
        """
        if self._popen is None:
            return None
        popen, self._popen = self._popen, None
        self._send(popen, number)
        try:
            return popen.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._send(popen, signal.SIGKILL)
            popen.wait()
            raise AssertionError(
                f'{self._name} does not stop, its log:\n'
                + tail(self.read(self._log))
            ) from None


class Embedded(Process):
    """``cinder-backup-meta-embedded``, run as an operator runs it.

    :param python: of the environment that it runs in; by default that of the
        tests
    :ivar endpoint: where it answers, without a path
    """

    def __init__(
        self,
        state_dir,
        arguments,
        module='cinder_backup_meta.cmd.embedded',
        python=sys.executable,
    ):
        super().__init__(state_dir, 'the control plane')
        self._python = python
        self._module = module
        self._arguments = arguments
        self.endpoint = None

    def start(self, port=0):
        """Start it and wait until it answers."""
        self.run(
            [
                self._python,
                '-m',
                self._module,
                '--state-dir',
                self._state_dir,
                '--port',
                str(port),
                *self._arguments,
            ]
        )

    def _is_ready(self):
        announced = self.read('endpoint.json')
        # A file of an earlier process tells nothing of this one.
        if not announced or json.loads(announced)['pid'] != self.pid:
            return False
        self.endpoint = json.loads(announced)['endpoint']
        return True
