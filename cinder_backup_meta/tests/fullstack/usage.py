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

"""What processes use of memory and processors, as Linux counts it.

A process may end at any time: PostgreSQL has one for each connection.
"""

import contextlib
import os

import psutil

_GONE = (FileNotFoundError, ProcessLookupError)
_FORGET_PEAK = '5'


def memory(pids):
    """Return the resident memory of the largest of some, in bytes.

    :returns: its peak so far, and its present one
    """
    found = []
    for pid in pids:
        with contextlib.suppress(*_GONE):
            found.append(_read_memory(pid))
    return max(peak for peak, _ in found), max(now for _, now in found)


def cpu(pids):
    """Return the processors' time that all of them have used, in seconds.

    That of children that have ended is in it, by what their parents say.
    """
    seconds = 0
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = psutil.Process(pid).cpu_times()
            seconds += used.user + used.system
            seconds += used.children_user + used.children_system
    return seconds


def forget_peak(pids):
    """Reset the peak to the present use."""
    for pid in pids:
        with (
            contextlib.suppress(*_GONE),
            open(f'/proc/{pid}/clear_refs', 'w') as stream,
        ):
            stream.write(_FORGET_PEAK)


def group(number):
    """Return the processes of a process group."""
    return [
        int(name)
        for name in os.listdir('/proc')
        if name.isdigit() and _group_of(int(name)) == number
    ]


def _group_of(pid):
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _read_memory(pid):
    with open(f'/proc/{pid}/status') as stream:
        fields = dict(line.split(':', 1) for line in stream)
    return tuple(
        int(fields[name].split()[0]) * 1024 for name in ('VmHWM', 'VmRSS')
    )
