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

"""Which volume type a restore requires, by what the backup contains."""

import json

import testtools

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.restore import requirements

TYPE_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'
ENCRYPTED = {'encryption_key_id': 'key', 'volume_type_id': TYPE_ID}


class Repository:
    """Has the metadata that the test wants, in place of a storage."""

    def __init__(self, text):
        self._text = text

    def volume_metadata(self, record):
        return self._text


def _find(text):
    return requirements.volume_type_id(Repository(text), 'backup')


def _of(volume, version=2):
    return _find(
        json.dumps({'version': version, 'volume-base-metadata': volume})
    )


class TestVolumeTypeId(testtools.TestCase):
    def test_encrypted(self):
        self.assertEqual(TYPE_ID, _of(ENCRYPTED))

    def test_any_type_will_do(self):
        self.assertIsNone(_find(None))
        self.assertIsNone(_find('{"version": 2}'))
        self.assertIsNone(_of({'volume_type_id': TYPE_ID}))
        self.assertIsNone(_of(ENCRYPTED | {'encryption_key_id': None}))
        self.assertIsNone(_of(ENCRYPTED, version=1))

    def test_unreadable(self):
        for text in (
            'x',
            '[]',
            '{}',
            '{"version": 2, "volume-base-metadata": 7}',
            '{"version": 2, "volume-base-metadata": {"encryption_key_id": 1}}',
            '[' * 100000,
        ):
            error = self.assertRaises(exception.Refused, _find, text)
            self.assertEqual(reasons.Reason.DATA_UNREADABLE, error.code)
