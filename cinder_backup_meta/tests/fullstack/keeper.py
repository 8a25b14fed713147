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

"""What ends the processes of a test run that ended before them.

A cleanup runs neither after a second Ctrl-C nor after ``kill -9``. A keeper
does not need one: it is a process that reads from a pipe, and when the test
run is no more, however it ended, the pipe is closed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

_ADD = 'add'
_DROP = 'drop'
_FOLDER = 'folder'
_PATIENCE = 10

_popen = None


def _tell(word, value):
    global _popen
    if _popen is None:
        _popen = subprocess.Popen(
            [sys.executable, '-m', __name__],
            stdin=subprocess.PIPE,
            text=True,
            # Out of the reach of Ctrl-C.
            start_new_session=True,
        )
    _popen.stdin.write(f'{word} {value}\n')
    _popen.stdin.flush()


def add(group, number=signal.SIGKILL):
    """End a process group with the test run, by a signal.

    If that is another than SIGKILL it has a while to do what it does then.
    """
    _tell(_ADD, f'{group} {int(number)}')


def drop(group):
    """Note that a process group has ended; its number may be reused."""
    _tell(_DROP, group)


def add_folder(path):
    """Remove a folder at the end of the test run."""
    _tell(_FOLDER, path)


def _read(stream):
    groups, folders = {}, set()
    for line in stream:
        word, _, value = line.rstrip('\n').partition(' ')
        if word == _FOLDER:
            folders.add(value)
        elif word == _ADD:
            group, number = map(int, value.split())
            groups[group] = number
        else:
            groups.pop(int(value), None)
    return groups, folders


def _is_there_after(group, number):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def _end(groups):
    """Send each group its signal, and SIGKILL to those that stay."""
    patient = set()
    for one, number in groups.items():
        if _is_there_after(one, number) and number != signal.SIGKILL:
            patient.add(one)
    deadline = time.monotonic() + _PATIENCE
    while patient and time.monotonic() < deadline:
        time.sleep(0.05)
        patient = {one for one in patient if _is_there_after(one, 0)}
    for one in patient:
        _is_there_after(one, signal.SIGKILL)


def main():
    """Keep what standard input names until it ends; then end it."""
    groups, folders = _read(sys.stdin)
    _end(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
