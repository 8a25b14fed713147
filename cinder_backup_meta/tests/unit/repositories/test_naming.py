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

from cinder_backup_meta.repositories import naming
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
