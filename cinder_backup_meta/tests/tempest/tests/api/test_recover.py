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

"""The recovery, where nothing is lost.

The REST API has no way to lose a backup. What the recovery brings back is
tested in the scenarios, if ``[backup_meta] lose_command`` is set.
"""

from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from cinder_backup_meta.tests.tempest.tests import base


class RecoverTest(base.BackupRecordsTestCase):
    """Nothing of what is there, or was deleted, is brought back."""

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        cls.volume = cls.create_volume()
        cls.backup = cls.create_backup(cls.volume['id'])

    def _assert_nothing(self, examined, **options):
        for dry_run in (True, False):
            answer = self.records_client.recover_records(
                dry_run=dry_run, **options
            )
            self.assertEqual(dry_run, answer['dry_run'])
            self.assertEqual([], answer['backup_records'])
            self.assertEqual(examined, answer['examined'])
            self.assertIsNone(answer['next_marker'])

    @decorators.idempotent_id('f4c6fb9c-ac9d-4f19-a7c2-a17e72d0737f')
    def test_what_is_there(self):
        """What Cinder has is left as it is."""
        self.wait_for_record(self.backup['id'])
        before = self.backups_client.show_backup(self.backup['id'])['backup']
        self._assert_nothing(1, ids=[self.backup['id']])
        self._assert_nothing(1, volume_id=self.volume['id'])
        self.assertEqual(
            before,
            self.backups_client.show_backup(self.backup['id'])['backup'],
        )

    @decorators.idempotent_id('983bbeb0-7ecf-4baa-b1e0-14572e4b92ed')
    def test_what_was_deleted(self):
        """What somebody has deleted stays so, also where its data is there."""
        backup = self.create_backup(self.create_volume()['id'])
        self.wait_for_record(backup['id'])
        self.forget(backup['id'])
        self.wait_for_record(backup['id'], 'deleted')
        answer = self.records_client.recover_records(ids=[backup['id']])
        self.assertEqual([], answer['backup_records'])
        self.assert_gone(backup['id'])

    @decorators.idempotent_id('344d8474-55cf-40ef-a840-2ba595efacda')
    def test_what_nobody_knows(self):
        """What is not in the catalog is no error."""
        self._assert_nothing(0, ids=[data_utils.rand_uuid()])

    @decorators.idempotent_id('6a819ac1-c9d2-4484-a7e9-54484e2b4bb9')
    def test_bad_requests(self):
        """What can't be understood is refused, and selects nothing."""
        for options in ({'id': []}, {'ids': []}, {'limit': 0}):
            self.assertRaises(
                exceptions.BadRequest,
                self.records_client.recover_records,
                **options,
            )
