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

import concurrent.futures
import os
import threading

from cinder.backup import driver as cinder_driver
from cinder.backup.drivers import posix as cinder_posix
from cinder.backup.drivers import swift as cinder_swift
from cinder import context
from cinder import coordination
import fixtures
from oslo_utils import importutils
import testscenarios

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed

load_tests = testscenarios.load_tests_apply_scenarios

_POSIX = 'cinder.backup.drivers.posix.PosixBackupDriver'
_SWIFT = 'cinder.backup.drivers.swift.SwiftBackupDriver'
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


class InstancesTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.root = self.useFixture(fixtures.TempDir()).join('backup')
        os.mkdir(self.root)
        self.config.config(backup_posix_path=self.root)

    def instances(self, driver_class, service=_POSIX):
        return fixed.of_class(driver_class, service)

    def user(self, name='user-1', token='token-1'):
        return context.RequestContext(
            name, 'project-1', is_admin=False, auth_token=token
        )


class Counted(cinder_posix.PosixBackupDriver):
    """Cinder's driver; how often it is built can be looked at."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.built.append(self)


class TestInstances(InstancesTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch(f'{__name__}.Counted.built', []))
        self.found = self.instances(Counted)

    def test_one_for_all(self):
        self.assertEqual([], Counted.built)
        first = self.found.get(self.user())
        self.assertIs(first, self.found.get(self.user('user-2', 'token-2')))
        self.assertIs(first, self.found.get(context.get_admin_context()))
        self.assertEqual([first], Counted.built)

    def test_one_for_all_threads(self):
        barrier = threading.Barrier(8)

        def get(_number):
            barrier.wait()
            return self.found.get(self.user())

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(1, len(set(pool.map(get, range(8)))))
        self.assertEqual(1, len(Counted.built))

    def test_overridden_methods_are_known_without_it(self):
        self.assertFalse(self.found.overrides('export_record'))
        self.assertEqual([], Counted.built)

    def test_anew_after_a_failure(self):
        first = self.found.get(self.user())
        self.found.forget(self.user('user-2'))
        self.assertIsNot(first, self.found.get(self.user()))

    def test_anew_if_its_folder_is_another(self):
        first = self.found.get(self.user())
        # As when a share is mounted, or is not mounted any more.
        os.rename(self.root, f'{self.root}.away')
        second = self.found.get(self.user())
        self.assertIsNot(first, second)
        os.mkdir(self.root)
        third = self.found.get(self.user())
        self.assertIsNot(second, third)
        self.assertIs(third, self.found.get(self.user()))

    def test_failure_is_told_and_not_kept(self):
        self.config.config(backup_posix_path='')
        error = self.assertRaises(
            exception.Refused, self.found.get, self.user()
        )
        self.assertEqual(reasons.Reason.DATA_UNREADABLE, error.code)
        self.assertIn(_POSIX, str(error))
        self.assertIn('ConfigNotFound', str(error))
        self.config.config(backup_posix_path=self.root)
        self.assertEqual(self.root, self.found.get(self.user()).backup_path)

    def test_class_that_cannot_be_imported(self):
        found = drivers.Instances('no.such.Driver')
        error = self.assertRaises(
            drivers.DriverUnusable, found.get, self.user()
        )
        self.assertIn('ModuleNotFoundError', str(error))

    def test_context_has_a_user_and_is_an_administrators(self):
        for asking in (self.user(), context.get_admin_context()):
            given = self.instances(Counted).get(asking).context
            self.assertTrue(given.is_admin)
            self.assertTrue(given.user_id and given.project_id)
            self.assertIsNone(given.auth_token)

    def test_context_is_that_of_the_internal_tenant(self):
        self.config.config(
            cinder_internal_tenant_user_id='cinder-user',
            cinder_internal_tenant_project_id='cinder-project',
        )
        given = self.found.get(context.get_admin_context()).context
        self.assertEqual('cinder-user', given.user_id)
        self.assertEqual('cinder-project', given.project_id)


class TestInstancesOfOthers(InstancesTestCase):
    """Nothing is known of a vendor's driver."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch(f'{__name__}.Counted.built', []))
        self.found = self.instances(Counted, 'vendor.Driver')

    def test_one_for_each_token(self):
        first = self.found.get(self.user())
        self.assertIs(first, self.found.get(self.user()))
        self.assertIsNot(first, self.found.get(self.user(token='token-2')))
        self.assertEqual('token-1', first.context.auth_token)

    def test_one_for_each_thread(self):
        first = self.found.get(self.user())
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            other = pool.submit(self.found.get, self.user()).result()
        self.assertIsNot(first, other)

    def test_not_without_end(self):
        first = self.found.get(self.user())
        second = self.found.get(self.user(token='token-2'))
        for number in range(drivers._KEPT - 1):
            self.found.get(self.user(token=f'another-{number}'))
            self.assertIs(second, self.found.get(self.user(token='token-2')))
        self.assertIsNot(first, self.found.get(self.user()))


class TestInstancesOfSwift(InstancesTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(
            backup_swift_url='http://127.0.0.1:1/v1/AUTH_',
            backup_swift_auth_url='http://127.0.0.1:1/auth',
            backup_swift_user='cinder',
            backup_swift_key='secret',
        )
        self.found = self.instances(cinder_swift.SwiftBackupDriver, _SWIFT)

    def test_per_user(self):
        self.config.config(backup_swift_auth='per_user')
        first = self.found.get(self.user())
        self.assertEqual('token-1', first.conn.token)
        self.assertIs(first, self.found.get(self.user()))
        other = self.found.get(self.user('user-2', 'token-2'))
        self.assertEqual('token-2', other.conn.token)

    def test_single_user(self):
        self.config.config(backup_swift_auth='single_user')
        first = self.found.get(context.get_admin_context())
        self.assertEqual('cinder', first.conn.user)
        self.assertIs(first, self.found.get(self.user()))


class TestOfOptions(InstancesTestCase):
    """The driver of a process that is no service of Cinder."""

    def setUp(self):
        super().setUp()
        locks = self.useFixture(fixtures.TempDir()).path
        self.config.config(group='coordination', backend_url=f'file://{locks}')
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder.coordination.COORDINATOR', coordination.Coordinator()
            )
        )
        self.config.config(backup_driver=f'{__name__}.Locking')

    def test_coordinator_runs_while_the_driver_is_used(self):
        with drivers.of_options('or not at all') as found:
            self.assertFalse(coordination.COORDINATOR.started)
            self.assertEqual(
                'locked', found.get(context.get_admin_context()).lock()
            )
        self.assertFalse(coordination.COORDINATOR.started)

    def test_coordinator_of_another_is_left_running(self):
        coordination.COORDINATOR.start()
        self.addCleanup(coordination.COORDINATOR.stop)
        with drivers.of_options('or not at all') as found:
            found.get(context.get_admin_context())
        self.assertTrue(coordination.COORDINATOR.started)

    def test_setup_is_checked(self):
        self.config.config(backup_posix_path=self.root + '/not-there')
        with drivers.of_options('or not at all') as found:
            error = self.assertRaises(
                drivers.DriverUnusable, found.get, context.get_admin_context()
            )
        self.assertIn('not set up', str(error))
        self.assertIn('or not at all', str(error))


class Locking(cinder_posix.PosixBackupDriver):
    """A driver that takes a lock when it is built, as NFS's does."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lock()

    def lock(self):
        with coordination.COORDINATOR.get_lock('a-lock'):
            return 'locked'

    def check_for_setup_error(self):
        if not os.path.isdir(self.backup_path):
            raise RuntimeError('not set up')
