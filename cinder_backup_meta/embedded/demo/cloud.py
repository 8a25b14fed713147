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

"""The Cinder of the demonstration: its process, and commands to use it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing
import urllib.error
import urllib.request

from cinder_backup_meta.embedded import exception

_START_TIMEOUT = 60
_STOP_TIMEOUT = 30
_WAIT_TIMEOUT = 120
_PAUSE = 0.2


def program(name: str) -> str:
    """Return the path of a program of this installation.

    :raises DemoError: if it is missing
    """
    beside = os.path.join(os.path.dirname(sys.executable), name)
    found = beside if os.path.exists(beside) else shutil.which(name)
    if not found:
        raise exception.DemoError(
            f'the command {name} is missing: run '
            "pip install 'cinder-backup-meta[embedded]'"
        )
    return found


class Cloud:
    """An embedded control plane in a process of its own."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.log = self.path('cinder.log')
        self.arguments = [
            'cinder-backup-meta-embedded',
            '--state-dir',
            folder,
            '--port',
            '0',
        ]
        self._process: subprocess.Popen[str] | None = None
        self._endpoint = ''

    def path(self, *names: str) -> str:
        """Return a path in the state folder."""
        return os.path.join(self.folder, *names)

    # The process

    def start(self) -> str:
        """Start it and wait until it answers; return its first line."""
        self._process = subprocess.Popen(
            [program(self.arguments[0]), *self.arguments[1:]],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._announced():
            if self._process.poll() is not None:
                raise exception.DemoError('Cinder did not start', self._said())
            if time.monotonic() > deadline:
                raise exception.DemoError('Cinder does not become ready')
            time.sleep(_PAUSE)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _announced(self) -> bool:
        try:
            with open(self.path('endpoint.json'), encoding='utf-8') as stream:
                self._endpoint = json.load(stream)['endpoint']
        except FileNotFoundError:
            return False
        return True

    def _said(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        return self._process.stdout.read()

    def stop(self) -> None:
        """Stop it if it is running, and wait for its end."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def lose_database(self) -> list[str]:
        """Remove Cinder's database; return its files."""
        files = [
            self.path(name)
            for name in sorted(os.listdir(self.folder))
            if name.startswith('cinder.sqlite')
        ]
        for path in files:
            os.unlink(path)
        return files

    def wait(self) -> None:
        """Wait until it ends or is interrupted."""
        if self._process is not None:
            self._process.communicate()

    # The commands

    def cinder(self, *arguments: str) -> str:
        """Run the ``cinder`` command with the openrc of the cloud.

        :returns: its output
        :raises DemoError: if it failed
        """
        shell = ['/bin/sh', '-c', '. "$0" && exec "$@"', self.path('openrc')]
        return self._run([*shell, program('cinder')], arguments)

    def manage(self, *arguments: str) -> str:
        """Run ``cinder-backup-meta-manage`` with the cloud's configuration.

        :returns: its output
        :raises DemoError: if it failed
        """
        return self._run(self.manage_command(), arguments)

    def manage_command(self) -> list[str]:
        """Return that command without its arguments."""
        return [
            program('cinder-backup-meta-manage'),
            '--config-file',
            self.path('cinder.conf'),
        ]

    def _run(self, command: list[str], arguments: typing.Sequence[str]) -> str:
        done = subprocess.run(
            [*command, *arguments],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            raise exception.DemoError(
                f'the command "{arguments[0]}" ended with exit code '
                f'{done.returncode}',
                done.stdout,
            )
        return done.stdout

    def wait_for(self, kind: str, identifier: str) -> None:
        """Wait until a volume or backup is available.

        :raises DemoError: if it gets another status, or none in time
        """
        deadline = time.monotonic() + _WAIT_TIMEOUT
        while (found := self._show(kind, identifier))['status'] != 'available':
            if found['status'].startswith('error'):
                raise exception.DemoError(
                    f'{kind} {identifier} is {found["status"]}',
                    found.get('fail_reason') or '',
                )
            if time.monotonic() > deadline:
                raise exception.DemoError(
                    f'{kind} {identifier} is still {found["status"]}'
                )
            time.sleep(_PAUSE)

    def _show(self, kind: str, identifier: str) -> dict[str, typing.Any]:
        # By HTTP: the command takes a second to start, and this is called
        # repeatedly.
        request = urllib.request.Request(  # noqa: S310
            f'{self._endpoint}/v3/{kind}s/{identifier}',
            headers={'X-Auth-Token': 'admin:admin'},
        )
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return json.load(answer)[kind]
        except urllib.error.URLError as problem:
            raise exception.DemoError(
                f'Cinder does not answer: {problem}'
            ) from problem
