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

"""Records travel between neighbouring releases of Cinder, both ways.

COMPAT_PYTHONS names the Pythons of environments with the plugin and a release
of Cinder each, from the oldest to the newest.
"""

import itertools

import testscenarios

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from tools.compat import clouds

load_tests = testscenarios.load_tests_apply_scenarios

PLUGIN, STOCK = 'plugin', 'stock'

# What a cloud may have done with a backup since it had it.
_OWN = ('updated_at', 'num_dependent_backups', 'restore_volume_id')


def _moves():
    """Yield a scenario for each direction of each pair, and each mixture."""
    for pair in itertools.pairwise(clouds.releases().items()):
        for source, target in (pair, pair[::-1]):
            for kinds in (
                (PLUGIN, PLUGIN),
                (PLUGIN, STOCK),
                (STOCK, PLUGIN),
            ):
                name = f'{source[0]} {kinds[0]} to {target[0]} {kinds[1]}'
                yield (
                    name,
                    {
                        'source': (source[1], kinds[0] == STOCK),
                        'target': (target[1], kinds[1] == STOCK),
                    },
                )


class TestRecords(base.FunctionalTestCase):
    scenarios = list(_moves())
    source = target = None
    #: What each source has made and exported: {its key: see _make_chain}
    made = {}

    @classmethod
    def make_cloud(cls):
        return clouds.Clouds()

    def setUp(self):
        super().setUp()
        if self.source is None:
            self.skipTest('COMPAT_PYTHONS does not name two environments')

    def _make_chain(self, cloud):
        """Return the digest of a volume, and {id: record} of its backups."""
        volume_id = cloud.create_volume(data=b'a' * 100000)
        metadata = {'made': 'elsewhere'}
        full = cloud.backup(volume_id, name='full', metadata=metadata)
        cloud.write(volume_id, 70 * 2**20, b'b' * 100000)
        increment = cloud.backup(volume_id, incremental=True)
        records = {id: self._export(id, cloud) for id in (full, increment)}
        return cloud.read_sha256(volume_id), records

    def _export(self, backup_id, cloud):
        response = cloud.request(
            'GET', f'/v3/backups/{backup_id}/export_record'
        )
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['backup-record']

    def _import(self, record, cloud):
        response = cloud.request(
            'POST',
            '/v3/backups/import_record',
            json={'backup-record': record},
        )
        backup_id = self.assert_created(response)
        cloud.wait_for('backup', backup_id, 'available')
        return backup_id

    def _values(self, record):
        values = codec.decode(record['backup_url'])
        for name in _OWN:
            values.pop(name)
        return record['backup_service'], values

    def test_chain(self):
        if self.source not in self.made:
            source = self.cloud.get(*self.source)
            self.made[self.source] = self._make_chain(source)
        digest, records = self.made[self.source]
        target = self.cloud.get(*self.target)
        for backup_id, record in records.items():
            self.assertEqual(backup_id, self._import(record, target))
            again = self._export(backup_id, target)
            self.assertEqual(self._values(record), self._values(again))
        restored = target.client().restores.restore(backup_id)
        target.wait_for('volume', restored.volume_id, 'available')
        self.assertEqual(digest, target.read_sha256(restored.volume_id))
