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

from cinder.backup import driver as cinder_driver
from oslo_utils import importutils
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


class TestInTree(base.TestCase):
    def test_is_in_tree(self):
        for name in (_POSIX, _OLD_GCS, 'cinder.backup.drivers.posix'):
            self.assertTrue(drivers.is_in_tree(name))
        for name in ('', 'vendor.Driver', f'x.{_POSIX}', 'cinder.backup'):
            self.assertFalse(drivers.is_in_tree(name))


class TestOverrides(base.TestCase):
    scenarios = [
        (method, {'method': method})
        for method in ('export_record', 'import_record')
    ]

    def test_drivers_of_cinder(self):
        for name in ('ceph.Ceph', 'nfs.NFS', 'posix.Posix', 'swift.Swift'):
            driver = importutils.import_class(
                f'cinder.backup.drivers.{name}BackupDriver'
            )
            self.assertFalse(drivers.overrides(driver, self.method))

    def test_another_driver(self):
        class Driver(cinder_driver.BackupDriver):
            def export_record(self, backup):
                return {'key': 'value'}

            def import_record(self, backup, driver_info):
                pass

        self.assertTrue(drivers.overrides(Driver, self.method))
