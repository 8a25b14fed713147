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

"""Real LUKS containers as volumes, for the tests of encrypted volumes.

The key manager is Cinder's own one with a single key. ``cryptsetup`` writes
and opens a container as a plain file, which needs neither root nor
device-mapper.
"""

import os
import shutil
import subprocess

_KEY = 'a5' * 32

#: The only key that Cinder's key manager from its configuration has.
KEY_ID = '00000000-0000-0000-0000-000000000000'

#: The options of the key manager.
CONFIG = {
    'key_manager': {
        'backend': 'cinder.keymgr.conf_key_mgr.ConfKeyManager',
        'fixed_key': _KEY,
    }
}


class Encrypted:
    """Makes and opens encrypted volumes; to be mixed into a test case."""

    def make_type(self):
        """Make an encrypted volume type, unless it is there."""
        client = self.cloud.client()
        if 'luks' in [one.name for one in client.volume_types.list()]:
            return
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

    def make_encrypted_volume(self):
        """Make an encrypted volume with ciphertext; return id and digest."""
        self.make_type()
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

    def key_of(self, volume_id):
        [row] = [
            row for row in self.cloud.rows('volumes') if row['id'] == volume_id
        ]
        return row['encryption_key_id']

    def assert_opens(self, target, digest):
        self.assertEqual(digest, self.cloud.read_sha256(target))
        self.assertEqual(KEY_ID, self.key_of(target))
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
