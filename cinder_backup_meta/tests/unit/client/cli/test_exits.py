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

from keystoneauth1 import exceptions as keystone_exceptions
import testtools

from cinder_backup_meta.client.cli import exits
from cinder_backup_meta.client import errors
from cinder_backup_meta import reasons


class TestExits(testtools.TestCase):
    def guard(self, error, debug=False):
        """Return the exit code of an error, and its messages."""
        said = []

        def work():
            raise error

        return exits.guard(work, said.append, debug), said

    def test_code_of_the_work(self):
        self.assertEqual(1, exits.guard(lambda: 1, self.fail, False))

    def test_errors(self):
        refused = errors.BundleRefused(
            reasons.Reason.BUNDLE_ORDER, 'mixed up', 'cloud.bundle', 7
        )
        for code, error in (
            (1, refused),
            (1, errors.RequestFailed('no', status=403)),
            (2, exits.UsageError(detail='no')),
            (2, keystone_exceptions.MissingRequiredOptions([])),
            (3, errors.Unreachable('gone')),
            (3, keystone_exceptions.ConnectFailure('gone')),
        ):
            self.assertEqual((code, [str(error).strip()]), self.guard(error))
        self.assertEqual(
            'cloud.bundle, line 7: mixed up [bundle_order]', str(refused)
        )

    def test_text_of_others_is_quoted(self):
        error = keystone_exceptions.ConnectFailure('a\nERROR: b\x1b[2J')
        self.assertEqual([r'a ERROR: b\x1b[2J'], self.guard(error)[1])

    def test_outcomes(self):
        self.assertEqual(0, exits.of_outcome([]))
        self.assertEqual(1, exits.of_outcome([{'reason': 'parent_missing'}]))

    def test_interrupted(self):
        self.assertEqual(130, self.guard(KeyboardInterrupt())[0])

    def test_bugs_are_not_hidden(self):
        self.assertRaises(ZeroDivisionError, self.guard, ZeroDivisionError())
