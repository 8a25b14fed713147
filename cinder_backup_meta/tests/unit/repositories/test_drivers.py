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

import testscenarios

from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios

_POSIX = 'cinder.backup.drivers.posix.PosixBackupDriver'
_GCS = 'cinder.backup.drivers.gcs.GoogleBackupDriver'
_OLD_GCS = 'cinder.backup.drivers.google.GoogleBackupDriver'


class TestIsDriver(base.TestCase):
    _cases = [
        (_POSIX, _POSIX, True),
        ('cinder.backup.drivers.posix', _POSIX, True),
        (_OLD_GCS, _GCS, True),
        ('cinder.backup.drivers.google', _GCS, True),
        ('cinder.backup.drivers.gcs', _GCS, True),
        (_GCS, _OLD_GCS, True),
        ('', _POSIX, False),
        (None, _POSIX, False),
        ('c', _POSIX, False),
        ('cinder.backup.drivers', _POSIX, False),
        ('cinder.backup.drivers.pos', _POSIX, False),
        (_POSIX[:-1], _POSIX, False),
        (_POSIX + 'X', _POSIX, False),
        (_POSIX.upper(), _POSIX, False),
        (_POSIX, _GCS, False),
        ('cinder.backup.drivers.nfs.NFSBackupDriver', _POSIX, False),
    ]
    scenarios = [
        (f'{name} for {path}', {'name': name, 'path': path, 'same': same})
        for name, path, same in _cases
    ]

    def test_is_driver(self):
        self.assertIs(self.same, drivers.is_driver(self.name, self.path))
