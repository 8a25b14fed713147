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

"""Records travel to and from an unmodified Cinder."""

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane


class TestStock(base.RecordsTestCase):
    """Two control planes on one repository, one with the plugin."""

    def setUp(self):
        super().setUp()
        self.stock = self.useFixture(
            control_plane.ControlPlane(
                stock=True,
                config={
                    'DEFAULT': {
                        'backup_posix_path': f'{self.cloud.state_dir}/backups'
                    }
                },
            )
        )

    def _make_chain(self, cloud):
        volume_id = cloud.create_volume(data=b'a' * 100000)
        full = cloud.backup(volume_id)
        cloud.write(volume_id, 70 * 2**20, b'b' * 100000)
        increment = cloud.backup(volume_id, incremental=True)
        return cloud.read_sha256(volume_id), (full, increment)

    def _move(self, source, target):
        digest, chain = self._make_chain(source)
        for backup_id in chain:
            exported = self.export(backup_id, cloud=source)
            self.import_(exported, cloud=target)
            target.wait_for('backup', backup_id, 'available')
        volume_id = self.restore(chain[-1], cloud=target)
        self.assertEqual(digest, target.read_sha256(volume_id))
        return chain

    def test_stock_is_stock(self):
        aliases = {
            extension['alias']
            for extension in self.stock.request(
                'GET', '/v3/extensions'
            ).json()['extensions']
        }
        self.assertNotIn('backup-records', aliases)

    def test_from_the_plugin_to_stock(self):
        self._move(self.cloud, self.stock)

    def test_from_stock_to_the_plugin(self):
        chain = self._move(self.stock, self.cloud)
        # And what the plugin exports of it is what stock exports of it,
        # but for what each cloud has done with it since.
        for backup_id in chain:
            ours = self.export(backup_id)
            self.assertEqual(
                self._comparable(self.export(backup_id, cloud=self.stock)),
                self._comparable(ours),
            )

    def _comparable(self, exported):
        service, string = exported
        values = codec.decode(string)
        for name in (
            'updated_at',
            'num_dependent_backups',
            'restore_volume_id',
        ):
            values.pop(name)
        return service, values
