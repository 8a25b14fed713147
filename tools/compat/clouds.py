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

"""Control planes of several releases of Cinder, on one repository."""

import os
import subprocess

import fixtures

from cinder_backup_meta.tests.functional import control_plane

_VERSION = 'import importlib.metadata as m; print(m.version("cinder"))'
_KEPT = 4


def releases():
    """Return what COMPAT_PYTHONS names, as {version of Cinder: Python}.

    They are in the order of the variable: one's neighbours there are the
    releases that it exchanges records with.
    """
    pythons = os.environ.get('COMPAT_PYTHONS', '').split()
    return {_version(python): python for python in pythons}


def _version(python):
    return subprocess.run(
        [python, '-c', _VERSION], check=True, capture_output=True, text=True
    ).stdout.strip()


class Clouds(fixtures.Fixture):
    """Starts control planes when they are asked for, and keeps a few."""

    def _setUp(self):
        self._repository = self.useFixture(fixtures.TempDir()).path
        self._running = {}
        self.addCleanup(self._stop_all)

    def get(self, python, stock):
        """Return the control plane of an environment, which runs.

        :param stock: leave the plugin out
        """
        key = (python, stock)
        cloud = self._running.pop(key, None) or self._start(python, stock)
        self._running[key] = cloud
        while len(self._running) > _KEPT:
            self._stop(next(iter(self._running)))
        return cloud

    def _start(self, python, stock):
        cloud = control_plane.ControlPlane(
            python=python,
            stock=stock,
            config={'DEFAULT': {'backup_posix_path': self._repository}},
        )
        cloud.setUp()
        return cloud

    def _stop(self, key):
        self._running.pop(key).cleanUp()

    def _stop_all(self):
        for key in list(self._running):
            self._stop(key)
