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

"""What a token says."""

import testtools

from cinder_backup_meta.embedded import auth


class TestParse(testtools.TestCase):
    def test_without_roles(self):
        for token in ('', 'eve', 'eve:demo', ':'):
            self.assertIsNone(auth.parse(token))

    def test_roles(self):
        for token, roles in (
            ('eve:demo:', []),
            ('eve:demo:reader', ['reader']),
            ('eve:demo:member', ['member', 'reader']),
            ('eve:demo: auditor , reader', ['auditor', 'reader']),
            ('eve:demo:admin', ['admin', 'manager', 'member', 'reader']),
        ):
            self.assertEqual(('eve', 'demo', roles), auth.parse(token))

    def test_project_is_the_user_by_default(self):
        # As in Cinder's own noauth.
        self.assertEqual(('eve', 'eve', []), auth.parse('eve::'))
