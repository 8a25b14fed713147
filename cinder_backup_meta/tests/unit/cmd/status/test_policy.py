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

"""The policy file."""

from cinder_backup_meta.tests.unit.cmd.status import base


class TestPolicy(base.StatusTestCase):
    def _assert_policy(self, text, result, *told):
        self.write('policy.yaml', text)
        details = self.assert_found({'Policy file': result} if result else {})
        for one in told:
            self.assertIn(one, details['Policy file'])

    def test_rules_of_ours(self):
        self._assert_policy(
            '"backup-records:export": "role:exporter"\n'
            '"volume:create": "rule:admin_api"\n',
            base.SUCCESS,
        )

    def test_rule_that_nobody_asks(self):
        self._assert_policy(
            '"backup-records:exports": "role:exporter"\n',
            base.WARNING,
            'backup-records:exports',
        )

    def test_rule_that_names_one_that_is_not_there(self):
        self._assert_policy(
            '"backup-records:export": "rule:exporters"\n',
            base.FAILURE,
            'backup-records:export',
        )

    def test_file_that_is_no_yaml(self):
        self._assert_policy(
            '"backup-records:export: [', base.FAILURE, 'correct it'
        )
