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

import pathlib
import re

import testtools

import cinder_backup_meta
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

PAGE = (
    pathlib.Path(cinder_backup_meta.__file__).parents[1]
    / 'doc/source/admin/reasons.rst'
)


class TestReason(testtools.TestCase):
    def test_value_is_the_name(self):
        for code in reasons.Reason:
            self.assertEqual(code.name.lower(), str(code))

    def test_every_code_is_explained_to_operators_and_no_other(self):
        explained = re.findall(r'^``(\w+)``$', PAGE.read_text(), re.MULTILINE)
        self.assertEqual(
            sorted(str(code) for code in reasons.Reason), sorted(explained)
        )


class TestExceptions(testtools.TestCase):
    def test_code_is_in_the_text(self):
        error = exception.Refused(reasons.Reason.BACKUP_EXISTS, 'it is here')
        self.assertEqual('it is here [backup_exists]', str(error))

    def test_field_is_in_the_text(self):
        error = exception.RecordRefused(
            reasons.Reason.INVALID_FIELD, 'must be 5', field='size'
        )
        self.assertEqual(
            'The backup record is refused: size: must be 5 [invalid_field]',
            str(error),
        )

    def test_from_outcome(self):
        error = exception.Refused.from_outcome('parent_missing', 'none')
        self.assertIs(reasons.Reason.PARENT_MISSING, error.code)

    def test_a_bad_format_is_fatal(self):
        class Broken(exception.BackupMetaException):
            message = '%(missing)s'

        self.assertRaises(KeyError, Broken, other=1)
