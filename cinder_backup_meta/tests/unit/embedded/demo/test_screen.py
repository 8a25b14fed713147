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

"""Reading and trimming of the tables of the cinder command."""

import testtools

from cinder_backup_meta.embedded.demo import screen

PROPERTIES = """\
+----------+-------+
| Property | Value |
+----------+-------+
| id       | 7     |
| metadata | {}    |
| name     |       |
+----------+-------+
"""
LIST = """\
+----+------+--------+
| ID | Name | Status |
+----+------+--------+
| 1  | one  | up     |
| 2  | two  | down   |
+----+------+--------+
"""


class TestTable(testtools.TestCase):
    def test_properties(self):
        self.assertEqual(
            {'id': '7', 'metadata': '{}', 'name': ''},
            screen.properties(PROPERTIES),
        )

    def test_records(self):
        self.assertEqual(
            [
                {'ID': '1', 'Name': 'one', 'Status': 'up'},
                {'ID': '2', 'Name': 'two', 'Status': 'down'},
            ],
            screen.records(LIST),
        )

    def test_no_table(self):
        self.assertEqual([], screen.parse('nothing\n'))
        self.assertEqual([], screen.records(LIST.partition('| 1')[0]))

    def test_trim_nothing(self):
        for text in (PROPERTIES, LIST):
            self.assertEqual(text, screen.trim(text, ()) + '\n')

    def test_trim_properties(self):
        self.assertEqual(
            '+----------+-------+\n'
            '| Property | Value |\n'
            '+----------+-------+\n'
            '| id       | 7     |\n'
            '+----------+-------+',
            screen.trim(PROPERTIES, ('id',)),
        )

    def test_trim_columns(self):
        self.assertEqual(
            '+--------+----+\n'
            '| Status | ID |\n'
            '+--------+----+\n'
            '| up     | 1  |\n'
            '| down   | 2  |\n'
            '+--------+----+',
            screen.trim(LIST, ('Status', 'ID', 'Gone')),
        )

    def test_shorten(self):
        self.assertEqual('a' * 48, screen.shorten('a' * 48))
        self.assertEqual(
            'aaaaaaaaaaaaaaaaaaaa[49 characters]aaaaaaaa',
            screen.shorten('a' * 49),
        )
