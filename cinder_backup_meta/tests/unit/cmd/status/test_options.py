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

"""Options of Cinder that are missing or wrong."""

import sys
from unittest import mock

from cinder_backup_meta.cmd.status import options
from cinder_backup_meta import manager
from cinder_backup_meta.rest import extension
from cinder_backup_meta.tests.unit.cmd.status import base


class OwnManager(manager.BackupManager):
    """What somebody else has made from the plugin's."""


class TestOptions(base.StatusTestCase):
    def test_extension_without_manager(self):
        del self.settings['DEFAULT']['backup_manager']
        details = self.assert_found({'Backup manager': base.FAILURE})
        self.assertIn(
            'set backup_manager = cinder_backup_meta.manager.BackupManager in '
            '[DEFAULT] and restart cinder-backup.',
            details['Backup manager'],
        )

    def test_extension_without_api_class(self):
        del self.settings['DEFAULT']['backup_api_class']
        details = self.assert_found({'Backup API class': base.FAILURE})
        self.assertIn(
            'set backup_api_class = cinder_backup_meta.api.API in [DEFAULT] '
            'and restart cinder-api.',
            details['Backup API class'],
        )

    def test_manager_made_from_ours(self):
        self.settings['DEFAULT']['backup_manager'] = f'{__name__}.OwnManager'
        self.assert_found({})

    def test_class_that_can_not_be_loaded(self):
        for option, name in (
            ('backup_manager', 'Backup manager'),
            ('backup_api_class', 'Backup API class'),
        ):
            right = self.settings['DEFAULT'][option]
            self.settings['DEFAULT'][option] = f'{right}s'
            details = self.assert_found({name: base.FAILURE})
            self.assertIn(f'{right}s, which cannot be', details[name])
            self.settings['DEFAULT'][option] = right

    def _set_extensions(self, *values, **more):
        self.settings['DEFAULT']['osapi_volume_extension'] = list(values)
        self.settings['DEFAULT'].update(more)

    def _assert_extensions(self, text):
        details = self.assert_found({'API extensions': base.FAILURE})
        self.assertIn(text, details['API extensions'])

    def test_standard_extensions_lost(self):
        self._set_extensions(base.OURS)
        self._assert_extensions("Cinder's own extensions are not loaded")

    def test_own_extension_not_named(self):
        self._set_extensions(base.STANDARD)
        self._assert_extensions('does not name the plugin')

    def test_some_of_the_standard_extensions(self):
        self._set_extensions(
            'cinder.api.contrib.select_extensions',
            base.OURS,
            osapi_volume_ext_list='Volume_actions',
        )
        self.assert_found({})

    def test_extension_that_can_not_be_imported(self):
        with mock.patch.dict(sys.modules, {extension.__name__: None}):
            self._assert_extensions(extension.__name__)

    def test_extension_without_docstring(self):
        with mock.patch.object(extension.Backup_records, '__doc__', None):
            self._assert_extensions('(Cinder ignores it)')

    def test_size_of_requests(self):
        limits = self.settings['oslo_middleware']
        limits['max_request_body_size'] -= 1
        self.assert_found({'Size of requests': base.WARNING})
        limits.clear()
        details = self.assert_found({'Size of requests': base.WARNING})
        self.assertIn(
            f'set it to {options.BODY_SIZE}',
            details['Size of requests'],
        )
