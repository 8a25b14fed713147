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

"""Base class of the tests on the full stack."""

import unittest

from cinder_backup_meta.tests.fullstack import control_plane
from cinder_backup_meta.tests.fullstack import programs
from cinder_backup_meta.tests.functional import base

if not (MISSING := programs.missing()):
    from cinder_backup_meta.tests.fullstack import identity
    from cinder_backup_meta.tests.fullstack import servers


#: Options that let the catalog follow at once.
EAGER = {
    'DEFAULT': {'periodic_interval': 1, 'periodic_fuzzy_delay': 0},
    'backup_meta_catalog': {'capture_interval': 1, 'comparison_interval': 2},
}


class FullStackTestCase(base.RecordsTestCase):
    """Tests that share one Cinder, each of its services in a process."""

    #: Arguments for :class:`control_plane.ControlPlane`
    settings = {}

    @classmethod
    def make_cloud(cls):
        if MISSING:
            raise unittest.SkipTest(MISSING)
        return cls._new_cloud(**cls.settings)

    @classmethod
    def _new_cloud(cls, **settings):
        return control_plane.ControlPlane(
            servers.shared(), **{'identity': identity.shared(), **settings}
        )

    def make_chain(self):
        """Back a volume up in full and, changed, incrementally.

        :returns: the ids of the volume and of the two backups
        """
        volume_id = self.cloud.create_volume(data=b'a' * 100000)
        full = self.cloud.backup(volume_id)
        self.cloud.write(volume_id, 70 * 2**20, b'b' * 100000)
        increment = self.cloud.backup(volume_id, incremental=True)
        return volume_id, full, increment

    def another_cloud(self, **settings):
        """Start another Cinder, on the same servers."""
        return self.useFixture(self._new_cloud(**settings))
