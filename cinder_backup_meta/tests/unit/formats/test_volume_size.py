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
import types

import testscenarios

from cinder_backup_meta.formats import volume_size
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios

GIB = 2**30
SNAPSHOT = {'snapshot_id': samples.PARENT_ID}


class TestFault(base.TestCase):
    """A record says 3 GiB; what the data says is in the scenario."""

    _cases = [
        ('nothing is known', None, None, {}, None),
        ('what Cinder kept', 3, None, {}, None),
        ('less', 2, None, {}, 2),
        ('more', 4, None, {}, 4),
        ('what Cinder kept against the length', 3, GIB, {}, None),
        ('a snapshot of a volume that grew since', 4, None, SNAPSHOT, None),
        ('a snapshot of a smaller volume', 2, None, SNAPSHOT, 2),
        ('the length', None, 3 * GIB, {}, None),
        ('a part of a GiB', None, 2 * GIB + 1, {}, None),
        ('a GiB less', None, 2 * GIB, {}, 2),
        ('a larger device', None, 8 * GIB, {}, None),
        ('a device that is too large', None, 10 * GIB + 1, {}, 11),
        ('a small snapshot', None, GIB, SNAPSHOT, None),
        ('a snapshot that is too large', None, 100 * GIB, SNAPSHOT, 100),
    ]
    scenarios = [
        (
            name,
            {'kept': kept, 'length': length, 'changes': changes, 'told': told},
        )
        for name, kept, length, changes, told in _cases
    ]

    def test_fault(self):
        record = types.SimpleNamespace(**samples.record(**self.changes))
        fault = volume_size.find_fault(record, self.kept, self.length)
        if self.told is None:
            self.assertIsNone(fault)
        else:
            self.assertIn(f'{self.told} GiB, but the size', fault)
            self.assertIn('record is 3', fault)


class TestKept(base.TestCase):
    def _read(self, **row):
        text = json.dumps({'version': 2, 'volume-base-metadata': row})
        self.assertEqual(
            volume_size.read_kept(text), volume_size.read_kept(text.encode())
        )
        return volume_size.read_kept(text)

    def test_row(self):
        self.assertEqual(('v', 7), self._read(id='v', size=7, status='x'))

    def test_other_types(self):
        self.assertEqual((None, None), self._read())
        for size in ('7', 7.0, True, None, [7]):
            self.assertEqual(('v', None), self._read(id='v', size=size))
        self.assertEqual((None, 7), self._read(id=['v'], size=7))

    def test_anything_else(self):
        for text in (
            None,
            1,
            {'version': 2},
            '',
            '{',
            '[]',
            'null',
            '{"volume-base-metadata": []}',
            '[' * 10**5,
            ' ' * 2**20 + '{"volume-base-metadata": {"size": 7}}',
        ):
            self.assertEqual((None, None), volume_size.read_kept(text))
