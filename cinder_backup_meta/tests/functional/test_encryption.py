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

"""The backup of an encrypted volume stays encrypted and opens again.

The key manager is Cinder's own one with a single key, the volume is a real
LUKS container. ``cryptsetup`` writes and opens it as a plain file, which needs
neither root nor device-mapper.
"""

import os
import shutil
import subprocess
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base

_KEY = 'a5' * 32

#: The only key that Cinder's key manager from its configuration has.
_KEY_ID = '00000000-0000-0000-0000-000000000000'


class TestEncryption(base.RecordsTestCase):
    settings = {
        'config': {
            'key_manager': {
                'backend': 'cinder.keymgr.conf_key_mgr.ConfKeyManager',
                'fixed_key': _KEY,
            }
        }
    }

    def _make_type(self):
        """Make an encrypted volume type."""
        client = self.cloud.client()
        volume_type = client.volume_types.create('luks')
        client.volume_encryption_types.create(
            volume_type,
            {
                'provider': 'luks',
                'cipher': 'aes-xts-plain64',
                'key_size': 256,
                'control_location': 'front-end',
            },
        )

    def _key_file(self):
        # The passphrase that os-brick gives: the key in hexadecimal digits.
        path = self.cloud.path('passphrase')
        with open(path, 'w') as stream:
            stream.write(_KEY)
        return path

    def _cryptsetup(self, *arguments):
        return subprocess.run(
            [
                'cryptsetup',
                *arguments[:1],
                '--batch-mode',
                '--key-file',
                self._key_file(),
                *arguments[1:],
            ],
            capture_output=True,
            text=True,
            timeout=600,
        )

    def _make_volume(self):
        """Make an encrypted volume with ciphertext; return id and digest."""
        self._make_type()
        volume_id = self.cloud.create_volume(volume_type='luks')
        if shutil.which('cryptsetup'):
            done = self._cryptsetup(
                'luksFormat',
                '--type',
                'luks1',
                '--pbkdf-force-iterations',
                '1000',
                self.cloud.volume_path(volume_id),
            )
            self.assertEqual(0, done.returncode, done.stderr)
        self.cloud.write(volume_id, 8 * 2**20, os.urandom(2**20))
        return volume_id, self.cloud.read_sha256(volume_id)

    def _key_of(self, volume_id):
        [row] = [
            row for row in self.cloud.rows('volumes') if row['id'] == volume_id
        ]
        return row['encryption_key_id']

    def test_lost_and_found(self):
        volume_id, digest = self._make_volume()
        self.assertEqual(_KEY_ID, self._key_of(volume_id))
        exported = self.export(self.cloud.backup(volume_id))
        values = codec.decode(exported[1])
        self.assertEqual(_KEY_ID, values['encryption_key_id'])

        # Not all of the database: Cinder restores what is encrypted only
        # into a volume whose type has the id that the type had at backup.
        self.forget(values['id'])
        self.cloud.client().volumes.delete(volume_id)
        self.cloud.wait_for('volume', volume_id, 'deleted')
        self.import_(exported)

        target = self.cloud.create_volume(volume_type='luks')
        self.restore(values['id'], volume_id=target)
        self.assertEqual(digest, self.cloud.read_sha256(target))
        self.assertEqual(_KEY_ID, self._key_of(target))
        if not shutil.which('cryptsetup'):
            self.skipTest(
                'the ciphertext and the UUID of its key are the same; that '
                'it opens is not shown, for want of cryptsetup (Debian: '
                'cryptsetup-bin)'
            )
        opened = self._cryptsetup(
            'open', '--test-passphrase', self.cloud.volume_path(target)
        )
        self.assertEqual(0, opened.returncode, opened.stderr)


class TestKeyOfAnother(base.RecordsTestCase):
    """Deleting what is imported must not delete somebody else's key."""

    def test_refused(self):
        key_id = str(uuid.uuid4())
        victim_id = self.cloud.create_volume()
        self.cloud.execute(
            'UPDATE volumes SET encryption_key_id = ? WHERE id = ?',
            (key_id, victim_id),
        )
        backup_id = self.quick_backup()
        _service, string = self.export(backup_id)
        self.forget(backup_id)
        values = codec.decode(string) | {'encryption_key_id': key_id}
        before = self.tables()
        response = self.import_with_options(
            codec.encode(values), allow_missing_key=True
        )
        message = self.assert_refused(
            400, [key_id, '[key_in_use]'], before, response
        )
        self.assertNotIn(victim_id, message)
        self.assertIn(f'volume {victim_id}', self.cloud.log_text())
