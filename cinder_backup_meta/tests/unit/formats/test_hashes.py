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

"""The object of hashes of a large volume."""

import hashlib
import io
import json

import fixtures

from cinder_backup_meta.formats import hashes
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.tests.unit import base

HEADING = {
    'version': '1.0.0',
    'backup_id': 'b',
    'volume_id': 'v',
    'backup_name': None,
    'backup_description': 'd',
    'created_at': 't',
    'chunk_size': 1024,
}


def digests(number):
    return [hashlib.sha256(b'%d' % one).digest() for one in range(number)]


def content(some, **changes):
    document = HEADING | {'sha256s': [one.hex() for one in some]} | changes
    text = json.dumps(document, sort_keys=True, indent=2)
    return io.BytesIO(text.encode())


class TestHashes(base.TestCase):
    def read(self, *arguments):
        found = hashes.read(*arguments)
        self.addCleanup(found.close)
        return found

    def limit(self, name, value):
        self.useFixture(
            fixtures.MonkeyPatch(
                f'cinder_backup_meta.formats.hashes.{name}', value
            )
        )

    def test_in_memory_and_in_a_file(self):
        some = digests(1000)
        for limit in (2**20, 32 * 100, 32 * 99, 32):
            self.limit('_IN_MEMORY', limit)
            found = self.read(content(some), 1000 * 1024)
            self.assertEqual((1000, 1024), (len(found), found.block_size))
            for first, count in [(0, 1000), (0, 1), (999, 1), (500, 33)]:
                self.assertEqual(
                    b''.join(some[first : first + count]),
                    found.digests(first, count),
                )
            self.assertEqual('d', found.values['backup_description'])

    def test_not_more_than_the_volume_can_have(self):
        self.limit('_IN_MEMORY', 32)
        some = digests(100)
        self.read(content(some), 99 * 512)
        error = self.assertRaises(
            json_stream.Malformed, self.read, content(some), 98 * 512
        )
        self.assertIn('more hashes than the volume', str(error))

    def test_not_more_text_than_hashes_can_have(self):
        self.limit('_IN_MEMORY', 32)
        padded = io.BytesIO(b' ' * 2**21 + content(digests(1)).read())
        error = self.assertRaises(
            json_stream.Malformed, self.read, padded, 512
        )
        self.assertIn('its object of hashes is larger than', str(error))

    def test_each_member_is_needed(self):
        for name in (*HEADING, 'sha256s'):
            document = json.loads(content(digests(1)).read())
            del document[name]
            stream = io.BytesIO(json.dumps(document).encode())
            error = self.assertRaises(
                json_stream.Malformed, self.read, stream, 1024
            )
            self.assertEqual(f'its object of hashes has no {name}', str(error))
