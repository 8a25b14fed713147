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

"""The sub-commands with each of Cinder's backup drivers.

Cinder's own drivers write the backups, and the commands build the drivers as
an operator's process does: no service has started before, and nothing has a
user's token. The storage is

* a folder for posix; for NFS and GlusterFS too, where the table of the mounts
  is made up, so that os-brick finds the share mounted already;
* Swift's real servers, but for the sign-in, which is a stand-in;
* the server of moto for S3, and that of gcp-storage-emulator for Google,
  without Google's sign-in;
* for Ceph dictionaries in the place of its libraries, which do nothing
  without a cluster. What its driver would write is written by hand.
"""

import json
import os
import pathlib

from cinder.backup.drivers import ceph as cinder_ceph
from cinder.backup.drivers import glusterfs as cinder_glusterfs
from cinder.backup.drivers import nfs as cinder_nfs
from cinder.backup.drivers import posix as cinder_posix
from cinder.backup.drivers import swift as cinder_swift
from cinder import coordination
from cinder import objects as cinder_objects
import fixtures
from os_brick.remotefs import remotefs
from oslo_concurrency import processutils
from oslo_utils import importutils
import sqlalchemy as sa

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.cmd.manage import test_command
from cinder_backup_meta.tests.unit.repositories import storage
from cinder_backup_meta.tests.unit.repositories import test_ceph
from cinder_backup_meta.tests.unit.repositories import test_gcs
from cinder_backup_meta.tests.unit.repositories import test_s3
from cinder_backup_meta.tests.unit.repositories import test_swift


class DriverTestCase(storage.StorageTestCase, test_command.ManageTestCase):
    """A backup that the catalog has, of one driver."""

    def setUp(self):
        super().setUp()
        self.config.config(backup_driver=self.class_path, host='host-1')
        self.config.config(
            group='coordination', backend_url=f'file://{self.folder}/locks'
        )
        migration.upgrade()
        self.record = self.write_backup()
        self.backup_id = self.record.id
        self.execute(
            sa.update(models.Backup.__table__).values(
                status='available', service=self.class_path, host='host-1'
            )
        )
        self.manage('catalog', 'sync', '--full')

    def write(self, *arguments):
        # Two of the base classes write, into a folder and into the storage.
        if len(arguments) == 2:
            test_command.ManageTestCase.write(self, *arguments)
        else:
            super().write(*arguments)

    def write_backup(self):
        """Write a backup by Cinder's driver; return its record."""
        return self.backup()

    def remove_data(self):
        """Remove what the backup cannot do without."""
        self.remove(self.record, '-00001')

    @models.main_context_manager.writer
    def _execute(self, context, statement):
        context.session.execute(statement)

    def execute(self, statement):
        self._execute(self.context, statement)

    def lose(self):
        for table in ('backup_metadata', 'backups'):
            self.execute(sa.delete(models.Backup.metadata.tables[table]))

    def check(self, code=0):
        output, error = self.manage(
            'check',
            '--only',
            'repository',
            '--only',
            'catalog',
            '--format',
            'json',
            code=code,
        )
        return json.loads(output), error

    def recover(self, *arguments, code=0):
        return self.manage('recover', *arguments, code=code)

    def break_driver(self):
        """Let every attempt to build the driver fail."""
        self.useFixture(
            fixtures.MockPatchObject(
                importutils.import_class(self.class_path),
                '__init__',
                side_effect=AssertionError('a driver was built'),
            )
        )

    def assert_recovered(self, number):
        found = [row['id'] for row in self.rows('backups')]
        self.assertEqual([self.backup_id][:number], found)


class DriverTests:
    """What every driver has to pass that the commands can look with."""

    def test_check_and_recover(self):
        found, _error = self.check()
        self.assertEqual('agree', found['verdict'])
        self.assertEqual(1, found['compared']['looked_up'])
        self.lose()
        self.recover('--dry-run')
        self.assert_recovered(0)
        self.recover()
        self.assert_recovered(1)
        # What was started for the driver is stopped with the command.
        self.assertFalse(coordination.COORDINATOR.started)

    def test_data_that_is_missing(self):
        self.remove_data()
        found = {
            finding['code']: [item['backup_id'] for item in finding['items']]
            for finding in self.check(code=3)[0]['findings']
        }
        self.assertEqual([self.backup_id], found['data_missing'])
        self.lose()
        output, _error = self.recover(code=1)
        self.assertIn('[data_missing]', output)
        self.assert_recovered(0)

    def test_storage_that_is_away(self):
        self.lose()
        self.stop_storage()
        output, error = self.recover(code=1)
        self.assertIn('[data_unreadable]', output + error)
        self.assertNotIn('data_missing', output + error)
        self.assert_recovered(0)
        self.recover('--verify', 'none')
        self.assert_recovered(1)

    def test_what_needs_no_driver_builds_none(self):
        self.break_driver()
        self.manage('catalog', 'sync', '--full')
        self.manage('check', '--skip-repository', '--only', 'catalog')
        self.lose()
        self.recover('--verify', 'none')
        self.assert_recovered(1)

    def test_driver_that_cannot_be_built(self):
        self.break_driver()
        _found, error = self.check(code=1)
        self.assertIn('a driver was built', error)
        self.assertIn('--skip-repository', error)
        self.lose()
        error = self.fail('recover')
        self.assertIn('a driver was built', error)
        self.assertIn('on a host of cinder-backup', error)
        self.assert_recovered(0)


class FolderTestCase(DriverTestCase):
    options = {
        'backup_file_size': storage.CHUNK,
        'backup_sha_block_size_bytes': storage.BLOCK,
        'backup_enable_progress_timer': False,
    }


class TestPosix(DriverTests, FolderTestCase):
    class_path = samples.POSIX

    def start_storage(self):
        self.root = pathlib.Path(self.path('backup'))
        self.root.mkdir()
        self.config.config(backup_posix_path=str(self.root))

    def make_driver(self):
        return cinder_posix.PosixBackupDriver(self.context)

    def stop_storage(self):
        # A link to itself: not even root can read it.
        self.root.rename(self.root.with_name('away'))
        self.root.symlink_to(self.root)


class MountedTestCase(FolderTestCase):
    """A share that os-brick takes for mounted."""

    share = '127.0.0.1:/backups'

    def start_storage(self):
        self.root = pathlib.Path(
            remotefs.RemoteFsClient(
                'nfs', '', nfs_mount_point_base=self.folder
            ).get_mount_point(self.share)
        )
        self.root.mkdir()
        # As the drivers want to have it; else they would change it as root.
        self.root.chmod(0o775)
        os.chown(self.root, -1, os.getegid())
        self.useFixture(
            fixtures.MockPatchObject(
                remotefs.RemoteFsClient,
                '_read_mounts',
                return_value={str(self.root): self.share},
            )
        )

    def make_driver(self):
        # As cinder-backup has done before the command is run.
        self.config.config(
            group='coordination', backend_url=f'file://{self.folder}/locks'
        )
        coordination.COORDINATOR.start()
        try:
            return importutils.import_class(self.class_path)(self.context)
        finally:
            coordination.COORDINATOR.stop()

    def stop_storage(self):
        self.useFixture(
            fixtures.MockPatchObject(
                remotefs.RemoteFsClient,
                'mount',
                side_effect=processutils.ProcessExecutionError('no server'),
            )
        )


class MountedTests(DriverTests):
    def test_group_of_the_backups_is_not_changed(self):
        theirs = os.getegid() + 1
        self.useFixture(fixtures.MockPatch('os.getegid', return_value=theirs))
        _found, error = self.check(code=1)
        self.assertIn(f'runs with the group {theirs}', error)
        self.assertIn('as the user', error)


class TestNFS(MountedTests, MountedTestCase):
    class_path = f'{cinder_nfs.__name__}.NFSBackupDriver'

    def start_storage(self):
        super().start_storage()
        self.config.config(
            backup_share=self.share,
            backup_mount_point_base=self.folder,
            backup_mount_attempts=1,
        )

    def test_share_that_is_not_configured(self):
        self.config.config(backup_share=None)
        _found, error = self.check(code=1)
        self.assertIn('backup_share', error)


class TestGlusterFS(MountedTests, MountedTestCase):
    class_path = f'{cinder_glusterfs.__name__}.GlusterfsBackupDriver'

    def start_storage(self):
        super().start_storage()
        self.config.config(
            glusterfs_backup_share=self.share,
            glusterfs_backup_mount_point=self.folder,
        )


class SwiftTestCase(DriverTestCase):
    class_path = test_swift.DRIVER
    options = test_swift.TestExistence.options
    stop_storage = test_swift.TestExistence.stop_storage

    def start_storage(self):
        test_swift.TestExistence.start_storage(self)

    def make_driver(self):
        self.context.auth_token = 'token'
        return cinder_swift.SwiftBackupDriver(self.context)


class TestSwiftSingleUser(DriverTests, SwiftTestCase):
    def start_storage(self):
        super().start_storage()
        root = base_url(self.config.conf.backup_swift_url)
        self.config.config(
            backup_swift_url=None,
            backup_swift_auth='single_user',
            backup_swift_auth_version='1',
            backup_swift_auth_url=f'{root}/auth/v1.0',
            backup_swift_user='cinder',
            backup_swift_key='secret',
        )


def base_url(url):
    """Return a URL without its path."""
    return '/'.join(url.split('/')[:3])


class TestSwiftPerUser(SwiftTestCase):
    """The accounts are those of the users, and a command has no token."""

    def test_nothing_is_called_missing(self):
        found, _error = self.check(code=1)
        codes = [finding['code'] for finding in found['findings']]
        self.assertEqual(['data_not_looked_at', 'driver_other'], sorted(codes))
        self.lose()
        output, _error = self.recover(code=1)
        self.assertIn('[data_not_looked_at]', output)
        self.assertNotIn('data_missing', output)
        self.assert_recovered(0)
        self.recover('--verify', 'none')
        self.assert_recovered(1)

    def test_what_needs_no_driver_builds_none(self):
        DriverTests.test_what_needs_no_driver_builds_none(self)


class TestSwiftServiceUser(DriverTests, SwiftTestCase):
    """The accounts are those of the users, and the service user opens them."""

    def start_storage(self):
        super().start_storage()
        test_swift.set_service_user(self)

    # It is a fault of each backup: there is a driver for each account.
    test_driver_that_cannot_be_built = None


class TestS3(DriverTests, DriverTestCase):
    class_path = test_s3.DRIVER
    options = test_s3.TestExistence.options
    start_storage = test_s3.TestExistence.start_storage
    make_driver = test_s3.TestExistence.make_driver
    stop_storage = test_s3.TestExistence.stop_storage


class TestGoogle(DriverTests, DriverTestCase, test_gcs.GoogleTestCase):
    class_path = test_gcs.DRIVER
    options = test_gcs.GoogleTestCase.options
    stop_storage = test_gcs.TestExistence.stop_storage

    def start_storage(self):
        test_gcs.TestExistence.start_storage(self)
        self.useFixture(
            fixtures.MockPatch(
                'googleapiclient.discovery.build',
                lambda *_args, **_kwargs: test_gcs.connect(self.port),
            )
        )


class TestCeph(DriverTests, DriverTestCase):
    class_path = test_ceph.DRIVER

    def start_storage(self):
        self.cluster = test_ceph.Cluster()
        self.cluster.pools = {'backups': {}}
        for module in ('rados', 'rbd'):
            self.useFixture(
                fixtures.MockPatchObject(cinder_ceph, module, self.cluster)
            )

    def make_driver(self):
        return cinder_ceph.CephBackupDriver(self.context)

    def write_backup(self):
        volume = self.volume()
        backup = cinder_objects.Backup(
            self.context,
            user_id='user-1',
            project_id='project-1',
            volume_id=volume.id,
            size=1,
            container='backups',
        )
        backup.create()
        self.image = f'volume-{volume.id}.backup.{backup.id}'
        backup.service_metadata = json.dumps({'base': self.image})
        backup.save()
        self.cluster.pools['backups'][self.image] = [
            f'backup.{backup.id}.snap.1700000000.5'
        ]
        return backup

    def remove_data(self):
        del self.cluster.pools['backups'][self.image]

    def stop_storage(self):
        self.cluster.pools = None
