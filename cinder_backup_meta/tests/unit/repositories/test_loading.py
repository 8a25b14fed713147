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

import pathlib
import sys

import fixtures
import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import ceph
from cinder_backup_meta.repositories import gcs
from cinder_backup_meta.repositories import loading
from cinder_backup_meta.repositories import posix
from cinder_backup_meta.repositories import s3
from cinder_backup_meta.repositories import swift
from cinder_backup_meta.repositories import unknown
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit.repositories import locations

load_tests = testscenarios.load_tests_apply_scenarios

VENDOR = 'vendor.backup.Driver'


class Driver:
    """A driver, as far as loading looks at it."""

    rados = rbd = None


class Vendor(unknown.UnknownRepository):
    """A repository that somebody else adds."""


class Refusing(unknown.UnknownRepository):
    """A repository whose construction fails."""

    def __init__(self, found, context):
        raise RuntimeError('out of order')


class TestFamilies(base.TestCase):
    _cases = [
        ('ceph.CephBackupDriver', ceph.CephRepository),
        ('gcs.GoogleBackupDriver', gcs.GoogleRepository),
        ('google.GoogleBackupDriver', gcs.GoogleRepository),
        ('glusterfs.GlusterfsBackupDriver', posix.PosixRepository),
        ('nfs.NFSBackupDriver', posix.PosixRepository),
        ('posix.PosixBackupDriver', posix.PosixRepository),
        ('s3.S3BackupDriver', s3.S3Repository),
        ('swift.SwiftBackupDriver', swift.SwiftRepository),
    ]
    scenarios = [
        (name, {'class_path': f'cinder.backup.drivers.{name}', 'kind': kind})
        for name, kind in _cases
    ]

    def test_load(self):
        driver = Driver()
        repository = fixed.repository(driver, self.class_path)
        self.assertIs(self.kind, type(repository))
        self.assertIs(driver, repository.driver)


class LoadingTestCase(base.TestCase):
    def setUp(self):
        super().setUp()
        self.logger = self.useFixture(fixtures.FakeLogger())

    def _install(self, name, value):
        """Install a package that has nothing but an entry point."""
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        info = folder / 'vendor-1.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text('Name: vendor\nVersion: 1.0\n')
        (info / 'entry_points.txt').write_text(
            f'[{loading.ENTRY_POINTS}]\n{name} = {value}\n'
        )
        self.useFixture(
            fixtures.MonkeyPatch('sys.path', [*sys.path, str(folder)])
        )
        # stevedore remembers what was installed when the process began.
        self.useFixture(
            fixtures.MonkeyPatch(
                'stevedore.ExtensionManager.ENTRY_POINT_CACHE', {}
            )
        )

    def _allow(self, *class_paths):
        self.config.config(
            group='backup_meta', allowed_drivers=list(class_paths)
        )

    def assertUnknown(self, class_path):
        error = self.assertRaises(
            exception.Refused, fixed.repository, Driver(), class_path
        )
        self.assertEqual(reasons.Reason.DRIVER_UNKNOWN, error.code)
        self.assertIn('allowed_drivers', str(error))
        self.assertIn(class_path, str(error))


class TestLoading(LoadingTestCase):
    def test_unknown_driver(self):
        self.assertUnknown(VENDOR)
        self.assertEqual('', self.logger.output)

    def test_driver_of_others(self):
        self._install(VENDOR, f'{__name__}:Vendor')
        self.assertIsInstance(fixed.repository(Driver(), VENDOR), Vendor)

    def test_names_that_are_only_similar(self):
        for name in (
            '',
            'posix',
            'cinder.backup.drivers.posix',
            samples.POSIX + 'X',
            samples.POSIX[:-1],
            samples.POSIX.upper(),
        ):
            self.assertUnknown(name)

    def test_allowed_driver(self):
        self._allow('other.Driver', VENDOR)
        repository = fixed.repository(Driver(), VENDOR)
        self.assertIsInstance(repository, unknown.UnknownRepository)
        self.assertUnknown('another.Driver')

    def test_no_driver_is_allowed_by_a_part_of_its_name(self):
        self._allow('', 'vendor', 'vendor.backup', VENDOR + 'X', '*')
        self.assertUnknown(VENDOR)

    def test_known_driver_is_not_made_unknown_by_the_option(self):
        self._allow(samples.POSIX)
        repository = fixed.repository(Driver(), samples.POSIX)
        self.assertIsInstance(repository, posix.PosixRepository)

    def test_broken_plugin_of_an_allowed_driver(self):
        self._install(VENDOR, f'{__name__}:Refusing')
        self._allow(VENDOR)
        repository = fixed.repository(Driver(), VENDOR)
        self.assertIsInstance(repository, unknown.UnknownRepository)
        self.assertIn('out of order', self.logger.output)


class TestBroken(LoadingTestCase):
    _cases = [
        ('no module', 'no_such_module:Repository', 'no_such_module'),
        ('no class', f'{__name__}:Missing', 'Missing'),
        ('an error of its own', f'{__name__}:Refusing', 'out of order'),
    ]
    scenarios = [
        (name, {'value': value, 'text': text}) for name, value, text in _cases
    ]

    def test_is_told_and_taken_as_unknown(self):
        self._install(VENDOR, self.value)
        self.assertUnknown(VENDOR)
        self.assertIn(f'{VENDOR} ({self.value})', self.logger.output)
        self.assertIn(self.text, self.logger.output)


class UnknownTestCase(locations.LocationTestCase):
    class_path = VENDOR

    def setUp(self):
        super().setUp()
        self.config.config(group='backup_meta', allowed_drivers=[VENDOR])


class TestUnknownRefused(locations.RefusedTests, UnknownTestCase):
    scenarios = [
        scenario
        for field in locations.CODES
        for scenario in locations.scenarios(field, locations.NO_TEXT)
    ]


class TestUnknownAccepted(locations.AcceptedTests, UnknownTestCase):
    scenarios = [
        scenario
        for field in locations.CODES
        for scenario in locations.scenarios(
            field, [('a word', 'a'), ('the longest', 'a' * 255)]
        )
    ]

    def test_cannot_look(self):
        repository = self.repository()
        self.assertIsNone(repository.lookup)
        self.assertIsNone(repository.listing)

    def test_every_parent_will_do(self):
        self.assertIsNone(
            self.repository().check_parent(self.record(), self.record())
        )
