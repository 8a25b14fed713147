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

"""The import of records: what is told of each, and what is refused."""

from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.tempest.tests import base

BROKEN = 'bm8gcmVjb3Jk'


class ImportTest(base.BackupRecordsTestCase):
    """Records of a backup that is there."""

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        cls.volume = cls.create_volume()
        cls.backup = cls.create_backup(cls.volume['id'])

    def setUp(self):
        super().setUp()
        self.record = self.export(self.backup['id'])['backup_url']

    def _import(self, *records, **options):
        """Import a page; return what was told of each, and the numbers."""
        answer = self.records_client.import_records(list(records), **options)
        return [
            (item['index'], item['result'], item['reason'])
            for item in answer['backup_records']
        ], answer['summary']

    def _forget_one(self):
        backup = self.create_backup(self.volume['id'])
        return self.forget(backup['id']), backup['id']

    @decorators.idempotent_id('c206057b-5c97-4fa2-b7aa-68098665e750')
    def test_what_is_there(self):
        """What is there just as its record says is left as it is."""
        found, numbers = self._import(self.record, owner='record')
        self.assertEqual([(0, 'unchanged', None)], found)
        self.assertEqual(1, numbers['unchanged'])
        self.assertEqual({}, numbers['projects'])

    @decorators.idempotent_id('e11fd755-ca14-49c8-8486-6e2a62f9f6b0')
    def test_another_owner(self):
        """What is there for another owner is not taken from it."""
        found, _numbers = self._import(self.record)
        self.assertEqual([(0, 'refused', 'backup_exists')], found)
        self.assert_available(self.backup['id'])

    @decorators.idempotent_id('953e6aca-dd11-4876-8564-569103d3bd20')
    def test_dry_run(self):
        """A dry run tells what an import would, and does nothing."""
        [record], backup_id = self._forget_one()
        plan = self._import(record, dry_run=True)
        self.assert_gone(backup_id)
        done = self._import(record)
        self.assertEqual(plan, done)
        found, numbers = done
        self.assertEqual([(0, 'created', None)], found)
        # It belongs to who has imported it.
        client = self.admin_backups_client
        size = self.volume['size']
        self.assertEqual(
            {client.project_id: {'backups': 1, 'gigabytes': size}},
            numbers['projects'],
        )
        backup = client.show_backup(backup_id)['backup']
        self.assertEqual('available', backup['status'])

    @decorators.idempotent_id('9364fd27-fbb3-48c8-a02a-53b98468c6de')
    def test_one_bad_record(self):
        """A record that can't be read refuses itself and no other."""
        found, numbers = self._import(BROKEN, self.record, owner='record')
        self.assertEqual(
            [(0, 'refused', 'record_not_json'), (1, 'unchanged', None)], found
        )
        self.assertEqual((1, 1), (numbers['refused'], numbers['unchanged']))

    @decorators.idempotent_id('11b98393-f61f-4dec-b641-ab65d2ed6672')
    def test_all_or_none(self):
        """With on_conflict=fail one bad record refuses the page."""
        [record], backup_id = self._forget_one()
        found, _numbers = self._import(BROKEN, record, on_conflict='fail')
        self.assertEqual(
            [
                (0, 'refused', 'record_not_json'),
                (1, 'refused', 'page_refused'),
            ],
            found,
        )
        self.assert_gone(backup_id)

    @decorators.idempotent_id('88aef7c7-ff47-41b9-b87c-c39d0ff205c4')
    def test_stock_call_refuses(self):
        """Cinder's own call answers for a bad record, and makes nothing."""
        service = self.export(self.backup['id'])['backup_service']
        for record, code in (
            (BROKEN, 'record_not_json'),
            (self.record, 'backup_exists'),
        ):
            error = self.assertRaises(
                exceptions.BadRequest,
                self.admin_backups_client.import_backup,
                backup_service=service,
                backup_url=record,
            )
            self.assertIn(f'[{code}]', str(error))

    @decorators.idempotent_id('0b8b70ed-226c-49d0-9db2-674bea3a168c')
    def test_retain_and_release(self):
        """A retained backup goes without the data that it shares."""
        backup = self.create_backup(self.volume['id'])
        record = self.export(backup['id'])['backup_url']
        # If the test fails, nothing of it shall be left in the repository.
        self.addCleanup(self._import, record, owner='record')
        for _time in range(2):
            self._import(record, owner='record', retain=True)
            self._assert_retained(backup['id'], True)
            self.records_client.release_record(backup['id'])
            self._assert_retained(backup['id'], False)
        self._import(record, owner='record', retain=True)
        base.delete_backup(self.backups_client, backup['id'])
        # The import looks whether the data is there.
        options = {'owner': 'record', 'verify': 'exists'}
        found, _numbers = self._import(record, **options)
        self.assertEqual([(0, 'created', None)], found)
        # It is retained no more, and so this takes the data along.
        base.delete_backup(self.backups_client, backup['id'])
        found, _numbers = self._import(record, **options)
        self.assertEqual([(0, 'refused', 'data_missing')], found)

    def _assert_retained(self, backup_id, retained):
        shown = self.records_client.show_record(backup_id)['backup_record']
        self.assertEqual(retained, shown['retained'])

    @decorators.idempotent_id('733f3759-600a-4192-ad7e-59d073784eb9')
    def test_one_record(self):
        """The plugin's call for one record tells of the backup it makes."""
        [record], backup_id = self._forget_one()
        made = self.records_client.import_record(record, retain=True)
        item = made['backup_record']
        client = self.admin_backups_client
        self.assertEqual(
            (backup_id, client.project_id, client.user_id, True),
            (
                item['id'],
                item['project_id'],
                item['user_id'],
                item['retained'],
            ),
        )
        self.records_client.release_record(backup_id)

    @decorators.idempotent_id('e73051c3-cd85-491a-9110-6e280baac178')
    def test_data_of_another_backup(self):
        """Among many a record can't name what is another backup's."""
        new_id = data_utils.rand_uuid()
        values = {**codec.decode(self.record), 'id': new_id}
        record = codec.encode(values)
        for options in {}, {'verify': 'none'}, {'retain': True}:
            found, _numbers = self._import(record, **options)
            [(_index, result, code)] = found
            self.assertEqual('refused', result)
            self.assertIn(
                code, ('service_metadata_invalid', 'container_invalid')
            )
        self.assert_gone(new_id)

    @decorators.idempotent_id('5b0b9f4e-0c55-4f0e-9f0b-6f6d2d1c8a37')
    def test_copy(self):
        """A single record can, and the backup's deletion leaves the data."""
        backup = self.create_backup(self.volume['id'])
        new_id = data_utils.rand_uuid()
        values = codec.decode(self.export(backup['id'])['backup_url'])
        record = codec.encode({**values, 'id': new_id})
        try:
            self.records_client.import_record(record)
        except exceptions.BadRequest as error:
            # Other families of drivers can't have copies.
            self.assertIn('_invalid]', str(error))
            self.assert_gone(new_id)
            return
        self._assert_retained(new_id, True)
        base.delete_backup(self.admin_backups_client, new_id)
        # The import looks whether the data is there.
        [record] = self.forget(backup['id'])
        found, _numbers = self._import(record, owner='record')
        self.assertEqual([(0, 'created', None)], found)

    @decorators.idempotent_id('321d8db8-9938-4da9-8c0c-a39a496c0caa')
    def test_bad_requests(self):
        """What a request must not have is refused."""
        for options in (
            {'owner': 'nobody'},
            {'verify': 'all'},
            {'retian': True},
            {'projects': {'a': 'b'}},
            {'planned': [self.backup['id']]},
        ):
            self.assertRaises(
                exceptions.BadRequest,
                self.records_client.import_records,
                [self.record],
                **options,
            )
