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

"""Packages of other releases, and what cannot be loaded."""

import importlib.metadata
import pathlib
import re
import sys
from unittest import mock

import fixtures
from packaging import requirements

from cinder_backup_meta.cmd.status import installation
from cinder_backup_meta.tests.unit.cmd.status import base

ROOT = pathlib.Path(__file__).resolve().parents[5]


class TestInstallation(base.StatusTestCase):
    def test_cinder_too_old(self):
        self.useFixture(
            fixtures.MockPatchObject(installation, 'OLDEST', (99, 7))
        )
        details = self.assert_found({'Release of Cinder': base.FAILURE})
        self.assertIn('99.7 or newer', details['Release of Cinder'])

    def test_cinder_too_new(self):
        self.useFixture(fixtures.MockPatchObject(installation, 'NEWEST', 1))
        self.assert_found({'Release of Cinder': base.WARNING})

    def test_oldest_cinder_is_that_of_the_requirements(self):
        [wanted] = {
            str(one.specifier)
            for one in map(
                requirements.Requirement,
                importlib.metadata.requires('cinder-backup-meta'),
            )
            if one.name == 'cinder'
        }
        oldest = '.'.join(map(str, installation.OLDEST))
        self.assertEqual(f'>={oldest}', wanted)

    def test_newest_cinder_is_that_of_the_constraints(self):
        folder = ROOT / 'constraints'
        if not folder.is_dir():
            self.skipTest('not run from a source tree')
        releases = {
            int(re.fullmatch(r'cinder-(\d+)\.txt', path.name)[1])
            for path in folder.iterdir()
        }
        self.assertEqual(installation.NEWEST, max(releases))

    def test_cinder_that_restores_wrong_data(self):
        self.useFixture(
            fixtures.MockPatchObject(installation, 'RESTORES_ZEROS', (99, 0))
        )
        details = self.assert_found({})
        self.assertIn('prevents this', details['Restores'])
        self.assertIn('restore them again', details['Restores'])
        manager = 'cinder.backup.manager.BackupManager'
        self.settings['DEFAULT']['backup_manager'] = manager
        details = self.assert_found(
            {'Backup manager': base.FAILURE, 'Restores': base.FAILURE}
        )
        self.assertIn('every release from 23 to 28', details['Restores'])
        self.assertNotIn('prevents', details['Restores'])

    def test_cinder_that_restores_what_was_backed_up(self):
        manager = 'cinder.backup.manager.BackupManager'
        self.settings['DEFAULT']['backup_manager'] = manager
        details = self.assert_found({'Backup manager': base.FAILURE})
        self.assertIn('is not among', details['Restores'])

    def test_endpoint_that_can_not_be_loaded(self):
        name = 'cinder_backup_meta.worker.endpoints.exports'
        with mock.patch.dict(sys.modules, {name: None}):
            details = self.assert_found({'RPC endpoints': base.FAILURE})
        self.assertIn(f'{name}:ExportsEndpoint: ', details['RPC endpoints'])

    def test_no_entry_points(self):
        self.useFixture(
            fixtures.MockPatchObject(
                installation.endpoints, 'ENTRY_POINTS', 'none.of.ours'
            )
        )
        details = self.assert_found({'RPC endpoints': base.FAILURE})
        self.assertIn('not installed as a package', details['RPC endpoints'])

    def test_driver_of_somebody_else(self):
        self.settings['DEFAULT']['backup_driver'] = 'vendor.Driver'
        details = self.assert_found({'Backup driver': base.FAILURE})
        self.assertIn(
            'backup_driver is vendor.Driver', details['Backup driver']
        )
        self.settings['backup_meta']['allowed_drivers'] = 'a.B,vendor.Driver'
        self.assert_found({})

    def test_repository_that_can_not_be_loaded(self):
        name = 'cinder_backup_meta.repositories.posix'
        with mock.patch.dict(sys.modules, {name: None}):
            details = self.assert_found({'Backup driver': base.FAILURE})
        self.assertIn(f'{name}:PosixRepository: ', details['Backup driver'])
