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

"""The metadata object as others may have written it."""

import io
import json
import types

import testscenarios

from cinder_backup_meta.formats import chunked
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios

PREFIX = samples.record()['service_metadata']
VERSIONS = {'1.0.0': '_restore_v1'}

SECRET = 'do-not-repeat-this'

NO_JSON = 'cannot be read as JSON'
NO_LIST = 'has no list of objects'
MALFORMED = 'has a malformed list'
FOREIGN = 'lists objects that are not of this backup'
NOWHERE = 'does not say where the data belongs'
FORMAT = 'has a format that this release of Cinder cannot restore'


def entry(**changes):
    """Return what Cinder writes of one object; ``...`` removes a key."""
    details = {
        'offset': 0,
        'length': 100,
        'compression': 'none',
        'md5': '0' * 32,
    } | changes
    return {key: value for key, value in details.items() if value is not ...}


def content(**changes):
    """Return what Cinder writes; ``...`` removes a key."""
    values = {
        'version': '1.0.0',
        'backup_id': samples.ID,
        'volume_id': samples.VOLUME_ID,
        'parent_id': None,
        'objects': [{f'{PREFIX}-00001': entry()}],
        'volume_meta': None,
    } | changes
    return {key: value for key, value in values.items() if value is not ...}


def record(**changes):
    values = samples.record(object_count=None, **changes)
    return types.SimpleNamespace(**values)


def check(document, stored=None, **changes):
    """Check a document against a storage that has all that is named so."""
    if stored is None:
        stored = {'-00001': 100, '_metadata': 5, '_sha256file': 5}
    return chunked.check(
        io.BytesIO(document), record(**changes), VERSIONS, samples.ID, stored
    )


class TestCheck(base.TestCase):
    def test_what_cinder_writes(self):
        self.assertEqual((None, 100), check(json.dumps(content()).encode()))

    def test_hashes_missing(self):
        self.assertRaisesRegex(
            chunked.Malformed,
            'object of hashes',
            check,
            json.dumps(content()).encode(),
            {'-00001': 100, '_metadata': 5},
        )

    def test_without_parent_id(self):
        document = json.dumps(content(parent_id=...)).encode()
        # As old as that, and so without hashes.
        check(document, {'-00001': 100, '_metadata': 5})

    def test_without_parent_id_for_a_child(self):
        self.assertRaisesRegex(
            chunked.Malformed,
            'another parent_id',
            check,
            json.dumps(content(parent_id=...)).encode(),
            parent_id=samples.PARENT_ID,
        )

    def test_many_objects(self):
        ends = [f'-{number:05}' for number in range(1, 100002)]
        objects = [
            {PREFIX + end: entry(offset=100 * number)}
            for number, end in enumerate(ends)
        ]
        document = json.dumps(content(objects=objects)).encode()
        stored = dict.fromkeys(ends, 100) | {'_metadata': 5, '_sha256file': 5}
        self.assertEqual((None, 100 * 100001), check(document, stored))
        del stored['-100001']
        error = self.assertRaises(ValueError, check, document, stored)
        self.assertIn('1 of its 100001 objects are missing', str(error))
        self.assertIn('-100001', str(error))


class TestVolume(base.TestCase):
    def test_size_that_cinder_kept(self):
        kept = json.dumps({'version': 2, 'volume-base-metadata': {'size': 7}})
        document = json.dumps(content(volume_meta=kept)).encode()
        self.assertEqual(7, check(document).size)

    def test_length_of_changes(self):
        # Only what has changed since the parent is listed.
        document = json.dumps(content(parent_id=samples.PARENT_ID)).encode()
        volume = check(document, parent_id=samples.PARENT_ID)
        self.assertEqual((None, None), volume)

    def test_length_by_the_hashes(self):
        for number in (0, 1, 1000, 100000):
            text = json.dumps(
                {
                    'backup_id': samples.ID,
                    'chunk_size': 2**20,
                    'sha256s': ['f' * 64] * number,
                    'volume_id': samples.VOLUME_ID,
                },
                sort_keys=True,
                indent=2,
            ).encode()
            stream = io.BytesIO(text)
            length = chunked.read_length(stream, len(text))
            self.assertLessEqual(number, length // 2**20)
            self.assertLess(length // 2**20, number + 10)
            self.assertLess(stream.tell(), 2**18)

    def test_hashes_without_a_size(self):
        for text in (
            b'{}',
            b'{"chunk_size": 0, "sha256s": []}',
            b'{"chunk_size": "1", "sha256s": []}',
            b'{"sha256s": [], "chunk_size": 1}',
        ):
            self.assertIsNone(chunked.read_length(io.BytesIO(text), 100))
        self.assertRaisesRegex(
            chunked.Malformed,
            'object of hashes cannot be read as JSON',
            chunked.read_length,
            io.BytesIO(b'['),
            1,
        )


class TestBackupId(base.TestCase):
    def test_backup_id(self):
        document = json.dumps(content()).encode()
        found = chunked.read_backup_id(io.BytesIO(document))
        self.assertEqual(samples.ID, found)

    def test_no_backup_id(self):
        document = json.dumps(content(backup_id=...)).encode()
        self.assertIsNone(chunked.read_backup_id(io.BytesIO(document)))

    def test_two_backup_ids(self):
        # Which of them a parser takes is its own affair.
        document = json.dumps(content()).encode()[:-1]
        document += b', "backup_id": "' + samples.ID.encode() + b'"}'
        for function in (
            lambda: chunked.read_backup_id(io.BytesIO(document)),
            lambda: check(document),
        ):
            self.assertRaisesRegex(
                chunked.Malformed, 'has two values of backup_id', function
            )


class TestRefused(base.TestCase):
    _documents = [
        ('nothing', b'', NO_JSON),
        ('no UTF-8', b'\xff' + json.dumps(content()).encode(), NO_JSON),
        ('UTF-16', json.dumps(content()).encode('utf-16'), NO_JSON),
        ('more behind it', json.dumps(content()).encode() + b'x', NO_JSON),
        ('nested too deep', b'[' * 100000, NO_JSON),
        ('an endless number', b'{"a": ' + b'1' * 10000 + b'}', NO_JSON),
        ('an infinite number', b'{"a": Infinity}', NO_JSON),
        ('a list', b'[]', NO_JSON),
        ('null', b'null', NO_JSON),
        ('a number', b'1', NO_JSON),
    ]
    _contents = [
        ('nothing in it', {}, 'another backup_id'),
        ('no backup_id', content(backup_id=...), 'another backup_id'),
        ('a list of ids', content(backup_id=[]), 'another backup_id'),
        ('another backup', content(backup_id=SECRET), 'another backup_id'),
        ('another volume', content(volume_id=SECRET), 'another volume_id'),
        ('no volume', content(volume_id=None), 'another volume_id'),
        ('a parent', content(parent_id=SECRET), 'another parent_id'),
        ('no version', content(version=...), FORMAT),
        ('a version to come', content(version='2.0.0'), FORMAT),
        ('no text as version', content(version=['1.0.0']), FORMAT),
        ('no objects', content(objects=...), NO_LIST),
        ('null as objects', content(objects=None), NO_LIST),
        ('an object of objects', content(objects={}), NO_LIST),
        (
            'an object twice',
            content(objects=content()['objects'] * 2),
            'lists an object twice',
        ),
    ]
    _objects = [
        ('null', None, MALFORMED),
        ('text', f'{PREFIX}-00001', MALFORMED),
        ('no name', {}, MALFORMED),
        (
            'two names',
            {f'{PREFIX}-00001': entry(), f'{PREFIX}-00002': entry()},
            MALFORMED,
        ),
        ('no prefix', {'-00001': entry()}, FOREIGN),
        ('another prefix', {f'{SECRET}-00001': entry()}, FOREIGN),
        ('a path', {f'../{PREFIX}-00001': entry()}, FOREIGN),
        ('a path behind', {f'{PREFIX}/../x-00001': entry()}, FOREIGN),
        ('no number', {PREFIX: entry()}, FOREIGN),
        ('the metadata', {f'{PREFIX}_metadata': entry()}, FOREIGN),
        ('a short number', {f'{PREFIX}-1': entry()}, FOREIGN),
        ('a line end', {f'{PREFIX}-00001\n': entry()}, FOREIGN),
        ('other digits', {f'{PREFIX}-0000\u0661': entry()}, FOREIGN),
        ('no details', {f'{PREFIX}-00001': None}, NOWHERE),
    ]
    _details = [
        ('no offset', entry(offset=...)),
        ('an offset below 0', entry(offset=-1)),
        ('an offset in text', entry(offset='0')),
        ('a broken offset', entry(offset=0.5)),
        ('true as offset', entry(offset=True)),
        ('no length', entry(length=...)),
        ('no data', entry(length=0)),
        ('a length below 0', entry(length=-100)),
        ('a length in text', entry(length='100')),
        ('no compression', entry(compression=...)),
        ('null as compression', entry(compression=None)),
    ]
    scenarios = (
        [
            (name, {'document': document, 'text': text})
            for name, document, text in _documents
        ]
        + [
            (name, {'document': json.dumps(document).encode(), 'text': text})
            for name, document, text in _contents
        ]
        + [
            (
                f'{name} in the list',
                {
                    'document': json.dumps(content(objects=[one])).encode(),
                    'text': text,
                },
            )
            for name, one, text in _objects
        ]
        + [
            (
                f'{name} in the list',
                {
                    'document': json.dumps(
                        content(objects=[{f'{PREFIX}-00001': details}])
                    ).encode(),
                    'text': NOWHERE,
                },
            )
            for name, details in _details
        ]
    )

    def test_refused(self):
        error = self.assertRaises(chunked.Malformed, check, self.document)
        self.assertTrue(str(error).startswith('its metadata object '))
        self.assertIn(self.text, str(error))
        self.assertNotIn(SECRET, str(error))


class TestStored(base.TestCase):
    """Sizes in the storage against what the metadata object says."""

    _cases = [
        ('all of it', 'none', 100, True),
        ('a byte less', 'none', 99, False),
        ('a byte more', 'none', 101, False),
        ('nothing', 'none', 0, False),
        ('all of it, off', 'off', 100, True),
        ('a byte less, NO', 'NO', 99, False),
        ('less, compressed', 'zlib', 40, True),
        ('a byte, compressed', 'zstd', 1, True),
        ('nothing, compressed', 'zlib', 0, False),
        ('a little more, as before 7.0', 'bz2', 160, True),
        ('much more, compressed', 'bz2', 100 + 2 + 1024 + 1, False),
    ]
    scenarios = [
        (name, {'compression': compression, 'size': size, 'fits': fits})
        for name, compression, size, fits in _cases
    ]

    def test_size(self):
        objects = [{f'{PREFIX}-00001': entry(compression=self.compression)}]
        document = json.dumps(content(objects=objects)).encode()
        stored = {'-00001': self.size, '_metadata': 5, '_sha256file': 5}
        if self.fits:
            check(document, stored)
        else:
            self.assertRaisesRegex(
                chunked.Malformed,
                f'{PREFIX}-00001 has {self.size} bytes',
                check,
                document,
                stored,
            )


class TestText(base.TestCase):
    def test_name_of_a_lost_object_is_safe_to_print(self):
        prefix = 'az_\u202e\n' + 'x' * 1000
        objects = [{f'{prefix}-00001': entry()}]
        error = self.assertRaises(
            chunked.Malformed,
            check,
            json.dumps(content(objects=objects)).encode(),
            {},
            service_metadata=prefix,
        )
        self.assertIn('1 of its 1 objects are missing', str(error))
        self.assertTrue(str(error).isascii())
        self.assertTrue(str(error).isprintable())
        self.assertLess(len(str(error)), 400)
