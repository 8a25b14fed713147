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

import json

import testscenarios
import testtools

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits
from cinder_backup_meta.record import strict_json

load_tests = testscenarios.load_tests_apply_scenarios
Reason = reasons.Reason

MOST = limits.MAX_CONTAINERS
DEEPEST = limits.MAX_DEPTH


class TestRead(testtools.TestCase):
    scenarios = [
        (str(number), {'text': text})
        for number, text in enumerate(
            [
                'null',
                ' \t\r\n[ 1 , 2 ]\n',
                '"\\u0000\\ud800"',
                '{"a": {"b": [1, -2.5e3, true, false, null, "ö\U0001f4be"]}}',
                # The same key in different objects is not a duplicate.
                '[{"a": 1}, {"a": 2, "b": {"a": 3}}]',
                '-' + '1' * 31,
                '0.' + '1' * 30,
                '[' * DEEPEST + ']' * DEEPEST,
                '{"a":' * DEEPEST + '1' + '}' * DEEPEST,
                # Brackets in strings are not nesting.
                '["' + '[{' * 100 + '"]',
                '[' + '1,' * (3 * MOST) + '1]',
                '"' + ',' * (3 * MOST) + '"',
                '[' + '{},' * (MOST - 1) + '1]',
                # Brackets in strings, behind all that may look like an end.
                '["'
                + '[{' * MOST
                + '\\"[{\\\\", "\\\\", 1, "'
                + '[' * MOST
                + '"]',
                '{"' + '{' * MOST + '": "\\\\\\"' + '[' * MOST + '"}',
            ]
        )
    ]

    def test_as_the_standard_library_does(self):
        self.assertEqual(
            json.loads(self.text), strict_json.read(self.text.encode())
        )


class TestRefused(testtools.TestCase):
    scenarios = [
        (f'{code} {number}', {'document': document, 'code': code})
        for code, documents in {
            Reason.RECORD_NOT_UTF8: [
                b'"\xff"',
                b'"\xed\xa0\x80"',
                b'"\xc0\x80"',
                '[1]'.encode('utf-16'),
            ],
            Reason.RECORD_NOT_JSON: [
                b'',
                b' ',
                b'{',
                b"{'a': 1}",
                b'[1,]',
                b'{"a": 1,}',
                b'[1] [2]',
                b'"\n"',
                b'"\\x00"',
                b'01',
                b'+1',
                b'.5',
                b'nan',
                b'\xef\xbb\xbf[]',
                b'\xc2\xa0[]',
                b'[1, // a\n 2]',
            ],
            Reason.RECORD_NOT_FINITE: [
                b'NaN',
                b'[1, Infinity]',
                b'{"a": -Infinity}',
            ],
            Reason.RECORD_NUMBER_TOO_LONG: [
                b'1' * 33,
                b'-' + b'1' * 32,
                b'0.' + b'1' * 31,
                b'1e' + b'0' * 31,
            ],
            Reason.DUPLICATE_FIELD: [
                b'{"a": 1, "a": 1}',
                b'[{"b": {"a": 1, "b": 2, "a": 3}}]',
                b'{"a": 1, "\\u0061": 1}',
            ],
            Reason.RECORD_TOO_DEEP: [
                b'[' * (DEEPEST + 1) + b']' * (DEEPEST + 1),
                b'{"a":' * DEEPEST + b'[]' + b'}' * DEEPEST,
                b'[1, ' + b'[[1], ' * DEEPEST + b'1' + b']' * (DEEPEST + 1),
                b'[' * (MOST - 1) + b']' * (MOST - 1),
                b'[' * 5000 + b']' * 5000,
            ],
            Reason.RECORD_TOO_LARGE: [
                b'[' * (MOST + 1),
                b'[' + b'{},' * MOST + b'1]',
                b'["a[\\\\", ' + b'[],' * MOST + b'1]',
                # Not closed, so that nobody knows where a string ends.
                b'[' * MOST + b'"\\"' + b'[' * MOST + b'", [',
            ],
        }.items()
        for number, document in enumerate(documents)
    ]

    def test_refused(self):
        error = self.assertRaises(
            exception.RecordRefused, strict_json.read, self.document
        )
        self.assertEqual((self.code, None), (error.code, error.field))
