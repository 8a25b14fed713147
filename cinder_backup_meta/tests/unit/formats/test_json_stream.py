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

import io
import itertools
import tracemalloc

import fixtures
import testscenarios

from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios

NESTED = json_stream.NESTED


def read(stream):
    """Return the members, with the entries of the list ``items`` as a list."""
    reader = json_stream.Reader(stream, 'it')
    return [
        (name, list(value) if name == 'items' else value)
        for name, value in reader.members('items')
    ]


class Repeated:
    """A stream of what begins with a text and goes on with another."""

    def __init__(self, start, repeated, size):
        texts = itertools.chain([start], itertools.repeat(repeated))
        self._texts = texts
        self._left = size

    def read(self, size):
        data = b''
        while len(data) < min(size, self._left):
            data += next(self._texts)
        self._left -= len(data)
        return data


class TestMembers(base.TestCase):
    def test_members(self):
        text = (
            b' {"a": "text", "b": [1, {"c": 2}], "items": [1, {"d": [null]}], '
            b'"a": 1.5, "e": {}, "f": true} '
        )
        self.assertEqual(
            [
                ('a', 'text'),
                ('b', NESTED),
                ('items', [1, {'d': [None]}]),
                ('a', 1.5),
                ('e', NESTED),
                ('f', True),
            ],
            read(io.BytesIO(text)),
        )

    def test_what_cinder_does_not_take_for_a_space(self):
        for space in (b'\v', b'\f'):
            self.assertRaisesRegex(
                json_stream.Malformed,
                'it cannot be read as JSON',
                read,
                io.BytesIO(b'{"a":' + space + b'1}'),
            )

    def test_list_that_is_not_asked_for(self):
        text = b'{"items": [{"a": 1}, {"b": [2]}], "c": 3}'
        reader = json_stream.Reader(io.BytesIO(text), 'it')
        names = [name for name, _value in reader.members('items')]
        self.assertEqual(['items', 'c'], names)

    def test_empty(self):
        self.assertEqual([], read(io.BytesIO(b'{}')))
        self.assertEqual([('items', [])], read(io.BytesIO(b'{"items": []}')))

    def test_error_of_the_stream(self):
        for error in (OSError('away'), ValueError('closed'), EOFError()):

            class Broken:
                def read(self, size, error=error):
                    raise error

            raised = self.assertRaises(type(error), read, Broken())
            self.assertIs(error, raised)


class TestMemory(base.TestCase):
    """Whatever a stream says, reading it takes no more than a few MiB."""

    _ITEM = b'{"items": [0'
    _cases = [
        ('entries', _ITEM, b', {"backup-00001": {"a": 0, "b": ""}}', None),
        ('numbers', b'{"items": [], "a": [0', b', 0', 'more in it'),
        ('lists', b'{"a": ', b'[', 'more in it'),
        ('lists as an entry', b'{"items": ', b'[', 'more in it'),
        ('members', b'{"b": 0', b', "a": 0', 'more in it'),
        ('members of an entry', b'{"items": [{"b": 0', b', "a": 0', 'more'),
        (
            'long members of an entry',
            b'{"items": [{"b": 0',
            b', "a": "' + b'a' * 2**19 + b'"',
            'more in it',
        ),
        ('a long text', b'{"a": "', b'a' * 2**10, 'more in it'),
        ('a long name', b'{"', b'a' * 2**10, 'more in it'),
        ('a long number', b'{"a": 1', b'1' * 2**10, 'more in it'),
        ('nothing', b'', b' ' * 2**10, 'more in it'),
    ]
    scenarios = [
        (name, {'start': start, 'repeated': repeated, 'text': text})
        for name, start, repeated, text in _cases
    ]

    def test_memory(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder_backup_meta.formats.json_stream._MAX_SCALAR', 2**20
            )
        )
        stream = Repeated(self.start, self.repeated, 2**21)
        reader = json_stream.Reader(stream, 'it')
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        error = self.assertRaises(json_stream.Malformed, self._exhaust, reader)
        # The text alone would be 2 MiB, and its values 20 times as much.
        self.assertLess(tracemalloc.get_traced_memory()[1], 12 * 2**20)
        self.assertIn(self.text or 'cannot be read as JSON', str(error))

    def _exhaust(self, reader):
        for name, value in reader.members('items'):
            if name == 'items':
                for _entry in value:
                    pass


class TestTooLarge(base.TestCase):
    def test_stream_that_is_longer_than_announced(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder_backup_meta.formats.json_stream.MAX_SIZE', 2**18
            )
        )
        start = b'{"items": [0'
        stream = Repeated(start, b', "' + b'a' * 2**12 + b'"', 2**20)
        error = self.assertRaises(json_stream.Malformed, read, stream)
        self.assertIn('is larger than', str(error))
