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

from cinder_backup_meta import endpoints
from cinder_backup_meta.endpoints import records
from cinder_backup_meta.tests.unit import base


class Other:
    """An endpoint that somebody else adds."""

    def __init__(self, manager):
        self.manager = manager


class Refusing:
    """An endpoint that can't be made."""

    def __init__(self, manager):
        raise RuntimeError('out of order')


class TestLoading(base.TestCase):
    def setUp(self):
        super().setUp()
        self.logger = self.useFixture(fixtures.FakeLogger())

    def _install(self, **entry_points):
        """Install a package that has nothing but entry points."""
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        info = folder / 'others-1.0.dist-info'
        info.mkdir()
        (info / 'METADATA').write_text('Name: others\nVersion: 1.0\n')
        lines = [f'{name} = {value}' for name, value in entry_points.items()]
        (info / 'entry_points.txt').write_text(
            '\n'.join([f'[{endpoints.ENTRY_POINTS}]', *lines, ''])
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

    def test_own_endpoint(self):
        [endpoint] = endpoints.load('manager')
        self.assertIsInstance(endpoint, records.RecordsEndpoint)
        self.assertEqual('backup_meta', endpoint.target.namespace)
        self.assertEqual('1.0', endpoint.target.version)

    def test_endpoint_of_others(self):
        self._install(other=f'{__name__}:Other')
        loaded = endpoints.load('manager')
        self.assertEqual(
            {'Other', 'RecordsEndpoint'},
            {type(endpoint).__name__ for endpoint in loaded},
        )

    def test_broken_endpoints_are_reported_and_left_out(self):
        self._install(
            gone='no_such_module:Endpoint', refusing=f'{__name__}:Refusing'
        )
        [endpoint] = endpoints.load('manager')
        self.assertIsInstance(endpoint, records.RecordsEndpoint)
        self.assertIn('gone (no_such_module:Endpoint)', self.logger.output)
        self.assertIn('out of order', self.logger.output)

    def test_only_the_two_methods_can_be_called(self):
        self.assertEqual(
            {'export_record', 'import_record', 'target'},
            {name for name in dir(records.RecordsEndpoint) if name[0] != '_'},
        )
