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

import types

from cinder_backup_meta.repositories import naming
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base


class TestBetween(base.TestCase):
    def test_what_is_left(self):
        between = naming.between
        self.assertEqual('b', between('abc', 'a', 'c'))
        self.assertEqual('', between('ac', 'a', 'c'))

    def test_another_start_or_end(self):
        between = naming.between
        self.assertEqual('', between('abc', 'b', 'c'))
        self.assertEqual('', between('abc', 'a', 'b'))

    def test_start_and_end_that_overlap(self):
        self.assertEqual('', naming.between('aba', 'ab', 'ba'))


class TestVolumeStart(base.TestCase):
    """Only a record that does not know the volume may have any."""

    UNKNOWN = (
        None,
        '0000-0000-0000-0000',
        '00000000-0000-0000-0000-000000000000',
    )

    def _start(self, prefix, volume_id, end):
        record = types.SimpleNamespace(volume_id=volume_id)
        return naming.volume_start(prefix, record, end)

    def test_any_volume(self):
        for end in '_/':
            start = f'volume_{samples.VOLUME_ID}{end}'
            for volume_id in self.UNKNOWN:
                self.assertEqual(
                    start, self._start(f'{start}2026', volume_id, end)
                )

    def test_nothing_but_the_id_of_a_volume(self):
        for prefix in (
            'volume_../../x_2026',
            'volume__2026',
            f'volume_{samples.VOLUME_ID}x_2026',
            f'volume_{samples.VOLUME_ID}/2026',
            f'xvolume_{samples.VOLUME_ID}_2026',
        ):
            for volume_id in self.UNKNOWN:
                start = self._start(prefix, volume_id, '_')
                self.assertFalse(prefix.startswith(start), prefix)

    def test_own_volume(self):
        self.assertEqual(
            'volume_a_', self._start(f'volume_{samples.VOLUME_ID}_', 'a', '_')
        )
