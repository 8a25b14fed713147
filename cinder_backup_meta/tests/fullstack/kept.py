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

"""What the servers that pifpaf starts have in common."""

import contextlib
import logging
import os
import signal

import fixtures
import psutil

from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import programs

# It warns at the end of each program that has ended before.
logging.getLogger('pifpaf').addHandler(logging.NullHandler())

_TIMEOUT = 60


def _children(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


class Kept:
    """What a driver of pifpaf's needs to be kept, and to be restarted.

    pifpaf's drivers start their servers by ``_exec``, each in a process group
    of its own, and have no method to stop one and start it again.
    """

    #: What lets it end in order.
    STOP = signal.SIGTERM
    #: What ends it at once, and leaves nothing.
    END = signal.SIGKILL

    _server = None
    _started = None

    def _setUp(self):
        # Some of what is run is in a folder that root alone has on its PATH.
        path = os.pathsep.join((os.environ['PATH'], *programs.FOLDERS))
        self.useFixture(fixtures.EnvironmentVariable('PATH', path))
        super()._setUp()

    def _exec(self, command, **arguments):
        if 'wait_for_line' not in arguments:
            return super()._exec(command, **arguments)
        self._started = (command, arguments)
        process, output = super()._exec(command, **arguments)
        self._server = process
        keeper.add(process.pid, self.END)
        keeper.add_folder(self.tempdir)
        self.addCleanup(self.stop, self.END)
        return process, output

    def stop(self, number=None):
        """Stop the server, and wait until nothing of it runs.

        :param number: the signal; SIGKILL is sent to each of its processes
        """
        process, self._server = self._server, None
        if process is None:
            return
        children = _children(process)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number or self.STOP)
        if number == signal.SIGKILL:
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        process.wait()
        psutil.wait_procs(children, timeout=_TIMEOUT)
        keeper.drop(process.pid)

    def pause(self):
        """Stop it: it accepts connections, and does nothing else."""
        self._signal(signal.SIGSTOP)

    def go_on(self):
        """Continue it; it does what has come in since :meth:`pause`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number):
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def pids(self):
        """Return its processes."""
        return [self._server.pid, *(c.pid for c in _children(self._server))]

    def start(self):
        """Start it again where it was, with what it had."""
        command, arguments = self._started
        self._exec(command, **arguments)
