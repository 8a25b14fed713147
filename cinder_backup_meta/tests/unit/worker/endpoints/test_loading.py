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

from cinder_backup_meta import rpcapi
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.worker import endpoints

OWN = {
    'CatalogEndpoint',
    'ExportsEndpoint',
    'ImportsEndpoint',
    'RecoveryEndpoint',
    'RestoresEndpoint',
    'RetentionEndpoint',
}


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

    def _load(self):
        return {
            type(endpoint).__name__: endpoint
            for endpoint in endpoints.load('manager')
        }

    def test_own_endpoints(self):
        loaded = self._load()
        self.assertEqual(OWN, set(loaded))
        for endpoint in loaded.values():
            self.assertEqual('backup_meta', endpoint.target.namespace)
            self.assertEqual('1.3', endpoint.target.version)

    def test_endpoint_of_others(self):
        self._install(other=f'{__name__}:Other')
        self.assertEqual(OWN | {'Other'}, set(self._load()))

    def test_broken_endpoints_are_reported_and_left_out(self):
        self._install(
            gone='no_such_module:Endpoint', refusing=f'{__name__}:Refusing'
        )
        self.assertEqual(OWN, set(self._load()))
        self.assertIn('gone (no_such_module:Endpoint)', self.logger.output)
        self.assertIn('out of order', self.logger.output)

    def test_only_what_the_client_calls_can_be_called(self):
        # A public attribute of an endpoint can be called from remote.
        remote = set()
        for endpoint in self._load().values():
            remote |= {name for name in dir(endpoint) if name[0] != '_'}
        client = {
            name
            for name, value in vars(rpcapi.BackupMetaAPI).items()
            if name[0] != '_' and callable(value)
        }
        self.assertEqual(client | {'target'}, remote)
