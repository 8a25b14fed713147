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

from cinder import exception as cinder_exception
import testscenarios

from cinder_backup_meta.api import errors
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit import base

load_tests = testscenarios.load_tests_apply_scenarios

Reason = reasons.Reason

_STATUS = {
    Reason.QUOTA_EXCEEDED: 413,
    Reason.BACKUP_NOT_FOUND: 404,
    Reason.RECORD_NOT_FOUND: 404,
    Reason.CATALOG_UNAVAILABLE: 503,
}


class TestTranslated(base.TestCase):
    scenarios = [(str(code), {'code': code}) for code in Reason]

    def test_status_and_text(self):
        error = self.assertRaises(
            cinder_exception.CinderException, self._raise
        )
        self.assertEqual(_STATUS.get(self.code, 400), error.code)
        self.assertIn('because', error.msg)
        if error.code in (413, 400, 503):
            self.assertEqual(
                self.code is not Reason.BACKUP_NOT_AVAILABLE,
                f'[{self.code}]' in error.msg,
            )

    def _raise(self):
        with errors.translated():
            raise exception.Refused(self.code, 'because')


class TestOthers(base.TestCase):
    def _raise(self, error):
        with errors.translated():
            raise error

    def test_record(self):
        error = self.assertRaises(
            cinder_exception.InvalidInput,
            self._raise,
            exception.RecordRefused(Reason.RECORD_NOT_JSON, 'because'),
        )
        self.assertTrue(error.msg.startswith('Invalid input received: '))

    def test_no_host(self):
        error = self.assertRaises(
            cinder_exception.ServiceNotFound,
            self._raise,
            exception.NoHost(hosts='a: asleep.'),
        )
        self.assertEqual(503, error.code)
        self.assertIn('a: asleep.', error.msg)

    def test_what_is_not_ours_passes(self):
        self.assertRaises(ZeroDivisionError, self._raise, ZeroDivisionError())
