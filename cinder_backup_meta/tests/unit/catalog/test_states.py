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

import collections
import itertools

import testtools

from cinder_backup_meta.catalog import states
from cinder_backup_meta import objects

Entry = collections.namedtuple('Entry', 'state')
Row = collections.namedtuple('Row', 'deleted status')

GONE = None
DELETED = Row(True, 'deleted')
WHOLE = Row(False, 'available')
CREATING = Row(False, 'creating')

CASES = {
    ('current', GONE): 'missing',
    ('current', DELETED): 'deleted',
    ('current', WHOLE): 'current',
    ('current', CREATING): 'current',
    ('missing', GONE): 'missing',
    ('missing', DELETED): 'deleted',
    ('missing', WHOLE): 'current',
    ('missing', CREATING): 'current',
    ('deleted', GONE): 'deleted',
    ('deleted', DELETED): 'deleted',
    ('deleted', WHOLE): 'current',
    ('deleted', CREATING): 'deleted',
}


class TestStates(testtools.TestCase):
    def test_cases_are_all_there_are(self):
        rows = (GONE, DELETED, WHOLE, CREATING)
        names = objects.BackupRecordEntry.STATES
        self.assertEqual(set(itertools.product(names, rows)), set(CASES))

    def test_state(self):
        for (state, row), expected in CASES.items():
            self.assertEqual(expected, states.of(Entry(state), row))

    def test_is_gone_unnoticed(self):
        found = {
            (state, row)
            for state, row in CASES
            if states.is_gone_unnoticed(Entry(state), row)
        }
        self.assertEqual(
            {('current', GONE), ('current', DELETED), ('missing', DELETED)},
            found,
        )
