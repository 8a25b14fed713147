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

"""The catalog, read by an administrator."""

import hashlib
from urllib import parse

from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from cinder_backup_meta.tests.tempest.tests import base


class CatalogTest(base.BackupRecordsTestCase):
    """A chain is in the catalog by itself."""

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        cls.volume, cls.ids = cls.create_chain()

    def setUp(self):
        super().setUp()
        self.records = [self.wait_for_record(one) for one in self.ids]

    def _list(self, **params):
        params = {'volume_id': self.volume['id'], **params}
        return self.records_client.list_records(**params)

    def _ids(self, **params):
        return [item['id'] for item in self._list(**params)['backup_records']]

    @decorators.idempotent_id('c5e75ad8-246e-4aba-b7a9-ad5fbd3896e8')
    def test_show(self):
        """A record tells of its backup, and has the record string."""
        full, increment = self.records
        for record in self.records:
            self.assertEqual(self.volume['id'], record['volume_id'])
            self.assertEqual(self.volume['size'], record['size'])
            self.assertEqual(
                self.backups_client.project_id, record['project_id']
            )
            self.assertEqual(self.backups_client.user_id, record['user_id'])
            self.assertFalse(record['retained'])
            string = record['backup_url']
            self.assertEqual(
                hashlib.sha256(string.encode()).hexdigest(), record['digest']
            )
            self.assertEqual(self.export(record['id'])['backup_url'], string)
        self.assertIsNone(full['parent_id'])
        self.assertEqual(full['id'], increment['parent_id'])

    @decorators.idempotent_id('18863db6-6f27-4306-8038-4d0ac21e4570')
    def test_show_unknown(self):
        """What nobody knows is not found."""
        self.assertRaises(
            exceptions.NotFound,
            self.records_client.show_record,
            data_utils.rand_uuid(),
        )

    @decorators.idempotent_id('ce9bd2f3-9e3a-4137-a422-6887a889b765')
    def test_list(self):
        """The filters select, and the order is the one asked for."""
        self.assertEqual(self.ids, self._ids(sort='created_at:asc,id:asc'))
        self.assertEqual(self.ids[1:], self._ids(parent_id=self.ids[0]))
        self.assertEqual([], self._ids(state='deleted,missing'))
        self.assertEqual(self.ids[:1], self._ids(name=self.records[0]['name']))

    @decorators.idempotent_id('c68d2173-29a9-44bc-a9eb-d0eea3c96011')
    def test_list_detail(self):
        """The detailed list says what is shown of each record."""
        found = self._list(detail=True)['backup_records']
        shown = {record['id']: record for record in self.records}
        self.assertEqual(set(shown), {item['id'] for item in found})
        for item in found:
            self.assertEqual(
                {name: shown[item['id']][name] for name in item}, item
            )

    @decorators.idempotent_id('f0910d65-dc44-4ceb-86a4-6cfbafa715d4')
    def test_list_by_pages(self):
        """The link of a full page leads to the next one."""
        answer, found = self._list(limit=1, sort='created_at:asc'), []
        while answer['backup_records']:
            [item] = answer['backup_records']
            found.append(item['id'])
            [link] = answer['backup-records_links']
            self.assertEqual('next', link['rel'])
            query = parse.urlsplit(link['href']).query
            answer = self.records_client.list_records(
                **dict(parse.parse_qsl(query))
            )
        self.assertEqual(self.ids, found)

    @decorators.idempotent_id('12b5ba0f-e22f-4bec-99cd-c5e71df09798')
    def test_unknown_filter(self):
        """A filter with a typing mistake does not select everything."""
        self.assertRaises(exceptions.BadRequest, self._list, volum_id='x')

    @decorators.idempotent_id('31687749-2205-4ced-8461-cf44c9c31e2d')
    def test_status(self):
        """The catalog tells how well it keeps up."""
        status = self.records_client.show_status()['backup_records_status']
        self.assertGreaterEqual(status['current'], len(self.ids))
        self.assertIsNotNone(status['last_capture_at'])

    @decorators.idempotent_id('ef931f7d-3308-4d9f-81bc-a6821476f5e5')
    def test_deleted_backup(self):
        """The record of a backup that was deleted stays, as such."""
        backup = self.create_backup(self.create_volume()['id'])
        record = self.wait_for_record(backup['id'])
        base.delete_backup(self.backups_client, backup['id'])
        deleted = self.wait_for_record(backup['id'], 'deleted')
        self.assertEqual(record['digest'], deleted['digest'])
