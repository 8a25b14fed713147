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

"""What a fuzz run begins with: records, near misses, and their words."""

import json

from cinder_backup_meta.record import fields
from cinder_backup_meta.tests import samples

# Texts that decide something in the reader.
_WORDS = (
    'NaN',
    '-Infinity',
    '1e999',
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '{"a":',
    '[[[[[[[[[[',
    ']]]]]]]]]]',
    '\\u0000',
    '\\ud800',
    '\\ud83d\\ude00',
    '2147483647',
    '2147483648',
    '9' * 33,
    '2026-01-02T03:04:05Z',
    '2026-01-02T03:04:05.000000',
    '+02:00',
    '-23:59',
    samples.ID,
    'e30=',
)


def seeds():
    """Return the inputs to begin with, as bytes."""
    strings = [samples.of_release(release) for release in samples.RELEASES]
    documents = [
        samples.record(),
        samples.record(driver_info={'a': [1, 2.5, None, {'b': 'ö'}]}),
        samples.record(
            parent_id=samples.PARENT_ID, encryption_key_id=samples.PARENT_ID
        ),
        samples.record(deleted=True, deleted_at='2026-01-02T03:04:05+02:00'),
        {name: None for name in fields.NAMES},
        {},
        7,
    ]
    texts = [json.dumps(document) for document in documents]
    texts += [json.dumps(documents[0], indent=1), '{"id": 1, "id": 2}']
    return [text.encode() for text in strings + texts]


def dictionary():
    """Return the words to splice in, in libFuzzer's form of a dictionary."""
    names = (f'"{name}": ' for name in fields.READERS)
    return ''.join(f'"{_escape(word)}"\n' for word in (*names, *_WORDS))


def _escape(word):
    return ''.join(
        f'\\x{byte:02x}' if byte in b'"\\' else chr(byte)
        for byte in word.encode()
    )


def write(folder, dictionary_file):
    """Write the seeds, one a file, and the dictionary."""
    for number, seed in enumerate(seeds()):
        (folder / f'seed-{number:02}').write_bytes(seed)
    dictionary_file.write_text(dictionary())
