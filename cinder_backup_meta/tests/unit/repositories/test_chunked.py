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

import testscenarios

from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios


class TestGroupByPrefix(base.TestCase):
    """Which objects belong to which of the backups asked for."""

    _cases = [
        ('nothing', [], {'b': {}, 'd': {}}),
        (
            'an object each',
            [('b-1', 1), ('d-1', 2)],
            {'b': {'-1': 1}, 'd': {'-1': 2}},
        ),
        (
            'in any order',
            [('d-1', 2), ('b', 1)],
            {'b': {'': 1}, 'd': {'-1': 2}},
        ),
        ('another in front', [('a-1', 1)], {'b': {}, 'd': {}}),
        ('another between', [('c-1', 1), ('bb', 1)], {'b': {'b': 1}, 'd': {}}),
        ('another behind', [('e-1', 1)], {'b': {}, 'd': {}}),
        ('no name', [('', 1)], {'b': {}, 'd': {}}),
    ]
    scenarios = [
        (name, {'entries': entries, 'found': found})
        for name, entries, found in _cases
    ]

    def test_group_by_prefix(self):
        self.assertEqual(
            self.found, chunked.group_by_prefix(self.entries, ['b', 'd'])
        )
