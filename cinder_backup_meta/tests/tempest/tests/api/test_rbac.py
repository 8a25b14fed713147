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

"""Who may do what, and what they learn who may not."""

from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from cinder_backup_meta.tests.tempest.tests import base


class RbacTest(base.BackupRecordsTestCase):
    """What an administrator alone may do, tried by others.

    The backups are of the user ``project_member``.
    """

    credentials = [
        'project_member',
        'project_reader',
        'project_alt_member',
        'admin',
    ]

    @classmethod
    def get_user(cls):
        return cls.os_project_member

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        volume = cls.create_volume()
        cls.backup_id = cls.create_backup(volume['id'])['id']
        # An administrator could import this one.
        cls.gone_id = cls.create_backup(volume['id'])['id']
        cls.service = cls.export(cls.gone_id)['backup_service']
        [cls.record] = cls.forget(cls.gone_id)

    def setUp(self):
        super().setUp()
        self.wait_for_record(self.backup_id)

    def _calls(self, caller, backup_id):
        """Yield what only administrators may do, with its arguments."""
        client = caller.backup_records.BackupRecordsClient()
        yield client.list_records, (), {}
        yield client.list_records, (), {'detail': True}
        yield client.show_status, (), {}
        yield client.show_record, (backup_id,), {}
        yield client.export_records, (), {}
        yield client.export_records, (), {'id': backup_id}
        yield client.import_record, (self.record,), {}
        yield client.import_record, (self.record,), {'owner': 'record'}
        for options in {}, {'owner': 'record'}, {'dry_run': True}:
            yield client.import_records, ([self.record],), options
        yield client.recover_records, (), {}
        yield client.recover_records, (), {'ids': [backup_id]}
        yield client.release_record, (backup_id,), {}

    def _refusal(self, call, *arguments, **options):
        error = self.assertRaises(
            exceptions.Forbidden, call, *arguments, **options
        )
        return str(error.resp_body)

    def _check_own_calls(self, caller):
        """Check that all is forbidden, whether the backup is there or not."""
        answers = [
            [
                self._refusal(call, *arguments, **options)
                for call, arguments, options in self._calls(caller, backup_id)
            ]
            for backup_id in (self.backup_id, data_utils.rand_uuid())
        ]
        for text, other in zip(*answers, strict=True):
            self.assertIn("Policy doesn't allow backup", text)
            self.assertNotIn(self.backup_id, text)
            self.assertEqual(text, other)
        self.assert_gone(self.gone_id)

    def _check_stock_calls(self, caller):
        """Check Cinder's own two; return the answer to the export."""
        client = caller.backups_client_latest
        self._refusal(
            client.import_backup,
            backup_service=self.service,
            backup_url=self.record,
        )
        self.assert_gone(self.gone_id)
        return self._refusal(client.export_backup, self.backup_id)

    @decorators.idempotent_id('01d03473-2f17-4d8e-ab75-a524df5bfee8')
    def test_member(self):
        """A member may do nothing of it, not even with its own backup."""
        self._check_own_calls(self.os_project_member)
        self._check_stock_calls(self.os_project_member)

    @decorators.idempotent_id('f27ea018-d83c-4623-84be-b7a168cc0f25')
    def test_reader(self):
        """A reader may do nothing of it, nor read the catalog."""
        self._check_own_calls(self.os_project_reader)
        self._check_stock_calls(self.os_project_reader)

    @decorators.idempotent_id('a718469f-ebf3-4b1a-919a-e730d14644c0')
    def test_other_project(self):
        """Who is of another project does not learn what is there."""
        caller = self.os_project_alt_member
        self._check_own_calls(caller)
        text = self._check_stock_calls(caller)
        unknown = data_utils.rand_uuid()
        other = self._refusal(
            caller.backups_client_latest.export_backup, unknown
        )
        self.assertEqual(text.replace(self.backup_id, unknown), other)

    @decorators.idempotent_id('d22e2f1d-3740-4b53-ae71-3c51ae424c3a')
    def test_admin(self):
        """An administrator may read the records of any project."""
        client = self.records_client
        found = client.export_records(id=self.backup_id)['backup_records']
        self.assertEqual([self.backup_id], [item['id'] for item in found])
        shown = client.show_record(self.backup_id)['backup_record']
        self.assertEqual(self.backups_client.project_id, shown['project_id'])
        self.assertNotEqual(client.project_id, shown['project_id'])
