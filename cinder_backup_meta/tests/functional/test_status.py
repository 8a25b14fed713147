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

"""``cinder-backup-meta-status``, run as an operator runs it."""

import json
import os
import subprocess
import sys

from cinder_backup_meta.tests.functional import base

TIMEOUT = 600

_BODY_SIZE = '[oslo_middleware]\nmax_request_body_size = 4194304\n'


class TestStatus(base.FunctionalTestCase):
    def _write(self, name, text):
        with open(self.cloud.path(name), 'w') as stream:
            stream.write(text)
        return self.cloud.path(name)

    def _check(self, more):
        """Run it with the configuration of the control plane, and more.

        :returns: the exit status, and the details of what was found, by name
        """
        program = os.path.join(
            os.path.dirname(sys.executable), 'cinder-backup-meta-status'
        )
        done = subprocess.run(
            [
                program,
                '--config-file',
                self.cloud.path('cinder.conf'),
                '--config-file',
                self._write('more.conf', more),
                'upgrade',
                'check',
                '--json',
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        self.assertEqual('', done.stderr, done.stdout)
        return done.returncode, {
            found['check']: found['details']
            for found in json.loads(done.stdout)['checks']
            if found['result']
        }

    def test_nothing_to_mend(self):
        before = self.tables()
        self.assertEqual((0, {}), self._check(_BODY_SIZE))
        self.assertEqual(before, self.tables())

    def test_extension_is_served(self):
        response = self.cloud.request('GET', '/v3/extensions/backup-records')
        self.assertEqual(200, response.status_code)
        response = self.cloud.request('GET', '/v3/extensions/no-such')
        self.assertEqual(404, response.status_code)

    def test_half_of_the_options(self):
        code, found = self._check(
            f'{_BODY_SIZE}[DEFAULT]\n'
            'backup_manager = cinder.backup.manager.BackupManager\n'
        )
        # Wrong with some releases of Cinder; see test_restore.
        found.pop('Restores', None)
        self.assertEqual((2, ['Backup manager']), (code, [*found]))

    def test_small_requests(self):
        code, found = self._check(
            '[oslo_middleware]\nmax_request_body_size = 114688\n'
        )
        self.assertEqual((1, ['Size of requests']), (code, [*found]))

    def test_catalog_that_is_not_there(self):
        code, found = self._check(
            f'{_BODY_SIZE}[backup_meta_catalog]\n'
            f'connection = sqlite:///{self.cloud.path("none")}\n'
        )
        self.assertEqual((2, ['Catalog: tables']), (code, [*found]))
        self.assertFalse(os.path.exists(self.cloud.path('none')))
