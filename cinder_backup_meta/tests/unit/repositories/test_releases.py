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

"""What the releases of Cinder wrote, by their source; all of it passes.

A line goes from the first release that wrote a form to the last, by driver.
"""

from cinder.backup.drivers import posix as cinder_posix
import fixtures
import testscenarios

from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import locations

load_tests = testscenarios.load_tests_apply_scenarios

OWN_FOLDER = f'6f/1d/{samples.ID}'
OLD_POSIX = (OWN_FOLDER, 'backup')
POSIX = (OWN_FOLDER, samples.record()['service_metadata'])
OBJECTS = ('volumebackups', locations.OBJECT_PREFIX)
IMAGE = f'volume-{samples.VOLUME_ID}.backup.{samples.ID}'


class TestReleases(base.DatabaseTestCase):
    _forms = [
        ('2014.1 to 29.0', 'swift.SwiftBackupDriver', *OBJECTS),
        # One prefix for all, until a second backup to a container of the
        # user's choice was found to overwrite the first.
        ('2015.1 to 10.0.2', 'nfs.NFSBackupDriver', *OLD_POSIX),
        ('7.0 to 10.0.2', 'posix.PosixBackupDriver', *OLD_POSIX),
        ('7.0 to 10.0.2', 'glusterfs.GlusterfsBackupDriver', *OLD_POSIX),
        ('10.0.3 to 29.0', 'nfs.NFSBackupDriver', *POSIX),
        ('10.0.3 to 29.0', 'posix.PosixBackupDriver', *POSIX),
        ('10.0.3 to 29.0', 'glusterfs.GlusterfsBackupDriver', *POSIX),
        ('8.0 to 12.0', 'google.GoogleBackupDriver', *OBJECTS),
        ('13.0 to 29.0', 'gcs.GoogleBackupDriver', *OBJECTS),
        ('18.0 to 29.0', 's3.S3BackupDriver', *OBJECTS),
        # Null even for an incremental backup; then the image's name, but for
        # what is copied as a whole. 13.0.9 and 14.0.4 have the change too.
        ('2014.1 to 14.0.3', 'ceph.CephBackupDriver', 'backups', None),
        (
            '15.0 to 29.0',
            'ceph.CephBackupDriver',
            'backups',
            f'{{"base": "{IMAGE}"}}',
        ),
    ]
    scenarios = [
        (
            f'{driver} {releases}',
            {
                'class_path': f'cinder.backup.drivers.{driver}',
                'location': {
                    'container': container,
                    'service_metadata': service_metadata,
                },
            },
        )
        for releases, driver, container, service_metadata in _forms
    ]

    def test_passes(self):
        # Its rules look at nothing but the path, which NFS and GlusterFS
        # have by the same name once they are mounted.
        folder = self.useFixture(fixtures.TempDir()).path
        driver = cinder_posix.PosixBackupDriver(self.context, folder)
        driver.rados = driver.rbd = None
        repository = fixed.repository(driver, self.class_path)
        record = locations.make_record(self.context, **self.location)
        self.assertIsNone(repository.check_location(record))
