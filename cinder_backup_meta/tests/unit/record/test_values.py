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

import datetime

import testscenarios
import testtools

from cinder_backup_meta.record import values
from cinder_backup_meta.tests import samples

load_tests = testscenarios.load_tests_apply_scenarios

TEXT = values.text(3)
COUNT = values.integer(0)
SIZE = values.integer(1)
LARGEST = 2**31 - 1


def _nested(depth):
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


class TestAccepted(testtools.TestCase):
    """Values that are returned unchanged."""

    scenarios = [
        (f'{name} {number}', {'read': read, 'value': value})
        for name, read, accepted in [
            (
                'text',
                TEXT,
                ['', 'abc', ' \n\x7f', 'a\x00', 'äöü', '\U0001f4be' * 3],
            ),
            ('count', COUNT, [0, LARGEST]),
            ('size', SIZE, [1, LARGEST]),
            (
                'uuid',
                values.uuid,
                [samples.ID, samples.ID.replace('6', 'f')],
            ),
            (
                'foreign id',
                values.foreign_id,
                [
                    samples.ID,
                    samples.ID.replace('-', ''),
                    samples.ID.upper(),
                    '0000-0000-0000-0000',
                    'a',
                    'key_1',
                ],
            ),
            ('boolean', values.boolean, [True, False]),
            (
                'string map',
                values.string_map,
                [
                    {},
                    {'a': ''},
                    {'': 'a'},
                    {'a\x00': '\x00'},
                    {'ä' * 255: '\u20ac' * 255},
                ],
            ),
            (
                'json object',
                values.json_object,
                [
                    {},
                    {'': None, 'a': [1, -2.5, True, 'ö', {'b': {}}]},
                    {'a': _nested(7)},
                    {'\x00': ['\x00']},
                ],
            ),
        ]
        for number, value in enumerate(accepted)
    ]

    def test_unchanged(self):
        self.assertEqual(self.value, self.read(self.value))


class TestRefused(testtools.TestCase):
    """Values that are refused, and the messages."""

    _scenarios = {
        'must be a string': (TEXT, [None, 1, b'a', ['a'], {}]),
        'must not be longer than 3 characters': (TEXT, ['abcd', 'äöüß']),
        'must not contain unpaired surrogates': (
            TEXT,
            ['\ud800', 'a\udfff', 'ä\x00\udfff'],
        ),
        'must be a whole number': (COUNT, [None, True, 1.0, '1', [], 1e300]),
        f'must be from 0 to {LARGEST}': (COUNT, [-1, LARGEST + 1, 10**30]),
        f'must be from 1 to {LARGEST}': (SIZE, [0, -7, LARGEST + 1]),
        'must be a UUID': (
            values.uuid,
            [
                None,
                7,
                '',
                samples.ID.upper(),
                samples.ID.replace('-', ''),
                samples.ID[:-1],
                samples.ID + '0',
                samples.ID + '\n',
                f'{{{samples.ID}}}',
                'urn:uuid:' + samples.ID,
                samples.ID.replace('6', '\u0666'),
                '../../..' + samples.ID[8:],
            ],
        ),
        'must be an id of at most 36 ASCII letters': (
            values.foreign_id,
            [
                None,
                7,
                '',
                'a' * 37,
                samples.ID + '\n',
                f'{{{samples.ID[:30]}}}',
                '../..',
                'a b',
                'a.b',
                'a/b',
                '\u0666',
                '\xe4',
                '\x00',
            ],
        ),
        'must be true or false': (
            values.boolean,
            [None, 0, 1, 'true', ''],
        ),
        'must be a date and time such as': (
            values.timestamp,
            [
                None,
                1767323045,
                '',
                'today',
                '2026-01-02',
                '20260102T030405Z',
                '2026-W01-5T03:04:05Z',
                '2026-01-02 03:04:05Z',
                '2026-01-02T24:00:00Z',
                '2026-01-02T03:04Z',
                '2026-01-02T03:04:05.Z',
                '2026-01-02T03:04:05.1234567Z',
                '2026-01-02T03:04:05z',
                '2026-01-02T03:04:05+0200',
                '2026-01-02T03:04:05+02',
                '2026-01-02T03:04:05Z\n',
                '\u0662026-01-02T03:04:05Z',
            ],
        ),
        'is not a date and time that exists': (
            values.timestamp,
            [
                '2026-00-02T03:04:05Z',
                '2026-02-29T03:04:05Z',
                '2026-01-02T03:60:05Z',
                '2026-01-02T03:04:60Z',
                '2026-01-02T03:04:05+24:00',
                '0000-01-02T03:04:05Z',
                '0001-01-01T00:00:00+00:01',
                '9999-12-31T23:59:59-00:01',
            ],
        ),
        'must be an object of strings': (
            values.string_map,
            [None, 'a', ['a'], 1],
        ),
        'each key and value must': (
            values.string_map,
            [
                {'a': 1},
                {'a': None},
                {'a': {}},
                {'a' * 256: ''},
                {'a': 'a' * 256},
                {'a': '\udc80'},
            ],
        ),
        'must be an object': (
            values.json_object,
            [None, [], 'a', 1, True],
        ),
        'must not contain unpaired': (
            values.json_object,
            [{'\udc80': 1}, {'a': ['\udc80']}, {'a': {'b': '\ud800'}}],
        ),
        'must not contain a number that is not finite': (
            values.json_object,
            [{'a': float('inf')}, {'a': [float('nan')]}],
        ),
        'must not be nested deeper than 8': (
            values.json_object,
            [{'a': _nested(8)}, {'a': {'b': [_nested(6)]}}],
        ),
    }
    scenarios = [
        (f'{said} {number}', {'read': read, 'value': value, 'said': said})
        for said, (read, refused) in _scenarios.items()
        for number, value in enumerate(refused)
    ]

    def test_refused(self):
        error = self.assertRaises(ValueError, self.read, self.value)
        self.assertTrue(str(error).startswith(self.said), str(error))


class TestTimestamps(testtools.TestCase):
    scenarios = [
        (written, {'written': written, 'wanted': wanted})
        for written, wanted in [
            ('2026-01-02T03:04:05Z', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05.000000', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05.999999Z', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05.9', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05+00:00', (2026, 1, 2, 3, 4, 5)),
            ('2026-01-02T03:04:05-23:59', (2026, 1, 3, 3, 3, 5)),
            ('2026-01-01T00:30:00.5+01:00', (2025, 12, 31, 23, 30)),
            ('2024-02-29T23:59:59Z', (2024, 2, 29, 23, 59, 59)),
            ('2012-01-01T00:00:00Z', (2012, 1, 1)),
            ('1970-01-01T00:00:00Z', (1970, 1, 1)),
        ]
    ]

    def test_in_utc_and_whole_seconds(self):
        when = values.timestamp(self.written)
        self.assertEqual(
            datetime.datetime(*self.wanted, tzinfo=datetime.timezone.utc), when
        )
        self.assertIs(datetime.timezone.utc, when.tzinfo)
