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

"""The command as a whole."""

import os
import subprocess
import sys
from unittest import mock

import fixtures

from cinder_backup_meta.cmd import status
from cinder_backup_meta.cmd.status import command
from cinder_backup_meta.tests.unit.cmd.status import base


class TestCommand(base.StatusTestCase):
    def test_nothing_to_mend(self):
        details = self.assert_found({})
        self.assertEqual(len(command.Checks._upgrade_checks), len(details))

    def test_stock_cinder(self):
        for option in (
            'backup_manager',
            'backup_api_class',
            'osapi_volume_extension',
        ):
            del self.settings['DEFAULT'][option]
        self.assert_found(
            {
                'Backup manager': base.FAILURE,
                'Backup API class': base.FAILURE,
                'API extensions': base.FAILURE,
            }
        )

    def test_what_is_to_be_copied_stays_whole(self):
        os.remove(self.path('catalog.sqlite'))
        self.settings['DEFAULT']['osapi_volume_extension'] = base.STANDARD
        code, output, _error = self.run_main(
            '--config-file', self.write_config(), 'upgrade', 'check'
        )
        self.assertEqual(base.FAILURE, code)
        self.assertIn('cinder-backup-meta-manage ', output)
        self.assertIn(base.OURS, output)

    def test_folder_of_configuration(self):
        os.mkdir(self.path('conf.d'))
        self.write_config('conf.d/cinder.conf')
        code, output, error = self.run_main(
            '--config-dir', self.path('conf.d'), 'upgrade', 'check'
        )
        self.assertEqual((base.SUCCESS, ''), (code, error), output)

    def test_usual_place_of_the_configuration(self):
        os.mkdir(self.path('.cinder'))
        self.settings['oslo_middleware'] = {}
        self.write_config('.cinder/cinder.conf')
        done = subprocess.run(
            [sys.executable, '-m', status.__name__, 'upgrade', 'check'],
            env={**os.environ, 'HOME': self.folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=base.TIMEOUT,
        )
        self.assertEqual('', done.stderr)
        self.assertEqual(base.WARNING, done.returncode, done.stdout)
        self.assertEqual(1, done.stdout.count('Result: Warning'))

    def test_configuration_that_can_not_be_read(self):
        self.write('bad.conf', 'no section\n')
        for arguments in (
            ('--config-file', self.path('nothing.conf')),
            ('--config-file', self.path('bad.conf')),
            ('--config-dir', self.path('nothing')),
        ):
            code, output, error = self.run_main(*arguments, 'upgrade', 'check')
            self.assertEqual((status.UNEXPECTED, ''), (code, output))
            self.assertEqual(1, error.count('\n'), error)
            self.assertIn('cinder-backup-meta-status: error: ', error)
            self.assertIn(os.path.basename(arguments[1]), error)

    def test_arguments_that_are_not_understood(self):
        for arguments in ((), ('nothing',), ('upgrade',)):
            code, _output, error = self.run_main(*arguments)
            self.assertEqual(2, code)
            self.assertIn('error: ', error)

    def test_a_bug_is_no_warning(self):
        with mock.patch.object(
            command, 'run', autospec=True, side_effect=KeyError('bug')
        ):
            code, _output, error = self.run_main('upgrade', 'check')
        self.assertEqual(status.UNEXPECTED, code)
        self.assertIn("KeyError: 'bug'", error)

    def test_without_cinder(self):
        missing = fixtures.MockPatch(
            'importlib.util.find_spec', return_value=None
        )
        with missing:
            code, _output, error = self.run_main('upgrade', 'check')
        self.assertEqual(status.UNEXPECTED, code)
        self.assertIn("'cinder-backup-meta[cinder]'", error)
