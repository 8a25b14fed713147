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

"""Processes with a group of their own, which end with the test run."""

import os
import signal

import requests

from cinder_backup_meta.tests.fullstack import keeper
from cinder_backup_meta.tests.fullstack import usage
from cinder_backup_meta.tests.functional import process


class Process(process.Process):
    """A process, or a parent with workers."""

    own_group = True

    def _wait_until_ready(self):
        keeper.add(self.pid)
        super()._wait_until_ready()

    def end(self, number=signal.SIGTERM):
        """See :meth:`process.Process.end`."""
        group = self._popen and self.pid
        code = super().end(number)
        if group:
            # A worker without its parent.
            _kill_group(group)
            keeper.drop(group)
        return code

    def runs(self):
        """Return whether it was started and has not been ended since."""
        return self._popen is not None

    def pids(self):
        """Return its processes: itself and its workers."""
        return usage.group(self.pid)


def _kill_group(number):
    try:
        os.killpg(number, signal.SIGKILL)
    except ProcessLookupError:
        pass


def answers(url, status):
    """Return whether a server answers with a status."""
    try:
        response = requests.get(url, timeout=10)
    except (requests.ConnectionError, requests.Timeout):
        return False
    return response.status_code == status
