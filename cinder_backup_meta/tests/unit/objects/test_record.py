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

from cinder.objects import base as cinder_base

from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base


class TestBackupRecord(base.TestCase):
    def _record(self, **changes):
        string = samples.encode(samples.record(**changes))
        return objects.BackupRecord.from_string(self.context, string, 300)

    def test_string_there_and_back(self):
        string = samples.encode(samples.record())
        record = objects.BackupRecord.from_string(self.context, string, 300)
        self.assertEqual(string, record.to_string())

    def test_refusal_comes_through(self):
        self.assertRaises(exception.RecordRefused, self._record, size='3')

    def test_over_rpc(self):
        record = self._record(driver_info={'a': [1, {'b': None}]})
        serializer = cinder_base.CinderObjectSerializer()
        wire = samples.json.loads(
            samples.json.dumps(serializer.serialize_entity(None, record))
        )
        received = serializer.deserialize_entity(self.context, wire)
        self.assertEqual(record.to_string(), received.to_string())

    def test_unset_fields_stay_unset_over_rpc(self):
        record = objects.BackupRecord.from_string(
            self.context, samples.of_release('2014.1'), 300
        )
        serializer = cinder_base.CinderObjectSerializer()
        received = serializer.deserialize_entity(
            self.context, serializer.serialize_entity(None, record)
        )
        self.assertFalse(received.obj_attr_is_set('parent_id'))

    def test_driver_info_is_bounded(self):
        self.assertRaises(ValueError, objects.BackupRecord, driver_info=[1])

    def test_outcome_carries_the_record(self):
        outcome = objects.BackupRecordOutcome.done(
            self.context, backup_service='driver', record=self._record()
        )
        serializer = cinder_base.CinderObjectSerializer()
        received = serializer.deserialize_entity(
            self.context, serializer.serialize_entity(None, outcome)
        )
        self.assertEqual('done', received.result)
        self.assertIsNone(received.reason)
        self.assertEqual(samples.ID, received.record.id)
