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

import copy
import datetime

import jsonschema
import testtools

from cinder_backup_meta import objects
from cinder_backup_meta.rest import answers
from cinder_backup_meta.rest import extension
from cinder_backup_meta.rest import views
from cinder_backup_meta.tests.tempest.services import schemas
from cinder_backup_meta.tests.unit import base


class TestSource(testtools.TestCase):
    def test_tempest_has_the_same(self):
        names = {
            name for name in vars(schemas) if name.isupper() and name[0] != '_'
        }
        self.assertIn('STATUS', names)
        for name in names:
            self.assertEqual(
                getattr(answers, name), getattr(schemas, name), name
            )

    def test_every_answer_of_tempest(self):
        for _method, _path, answer in answers._ANSWERS:
            self.assertIn(answer, list(vars(schemas).values()))

    def test_every_route_has_an_answer(self):
        for line in extension.__doc__.splitlines():
            if not line.startswith(('``GET ', '``POST ')):
                continue
            method, path = line.split('``')[1].split()
            path = path.replace('{backup_id}', '1')
            found = [
                status
                for status in (200, 201, 202)
                if self._is_known(method, path, status)
            ]
            self.assertNotEqual([], found, line)

    def _is_known(self, method, path, status):
        try:
            return answers.find(method, path, status) is not None
        except LookupError:
            return False

    def test_other_resources(self):
        self.assertIsNone(answers.find('GET', '/v3/backups', 200))
        extension_path = '/v3/extensions/backup-records'
        self.assertIsNone(answers.find('GET', extension_path, 200))
        self.assertIsNone(answers.find('GET', '/v3/backup-recordsx', 404))

    def test_unpublished_status(self):
        self.assertRaises(
            LookupError, answers.find, 'GET', '/v3/p/backup-records', 202
        )

    def test_another_key_is_an_error(self):
        schema = answers.find('POST', '/v3/backup-records/1/action', 202)
        id = '6f1d4a2e-3b1c-4d5e-8f90-a1b2c3d4e5f6'
        answer = views.released(id)
        jsonschema.validate(answer, schema)
        wrong = copy.deepcopy(answer)
        wrong['backup_record']['color'] = 'red'
        self.assertRaises(
            jsonschema.ValidationError, jsonschema.validate, wrong, schema
        )


class TestStatus(base.TestCase):
    def test_whole_seconds(self):
        schema = answers.find('GET', '/v3/backup-records/status', 200)
        time = datetime.datetime(2026, 1, 2, 3, 4, 5, 678)
        for seconds, whole in ((194.553126, 195), (0.0, 0), (None, None)):
            answer = views.status(
                objects.BackupRecordCatalogStatus.with_defaults(
                    self.context,
                    behind=1,
                    oldest_behind_seconds=seconds,
                    last_capture_at=time,
                )
            )
            jsonschema.validate(answer, schema)
            found = answer['backup_records_status']['oldest_behind_seconds']
            self.assertEqual(whole, found)
            self.assertNotIsInstance(found, float)
