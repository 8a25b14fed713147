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

"""The export of many records."""

from tempest.lib.common.utils import data_utils
from tempest.lib import decorators
from tempest.lib import exceptions

from cinder_backup_meta.tests.tempest.tests import base


class ExportTest(base.BackupRecordsTestCase):
    """A chain is exported."""

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        cls.volume, cls.ids = cls.create_chain()

    def _export(self, **params):
        return self.records_client.export_records(**params)

    def _ids(self, **params):
        return [
            (item['id'], item['ancestor'])
            for item in self._export(**params)['backup_records']
        ]

    @decorators.idempotent_id('1da6d79b-cd21-4df7-9a29-ec2df32dff68')
    def test_records(self):
        """The records are those of Cinder's own export, parents first."""
        answer = self._export(volume_id=self.volume['id'])
        self.assertEqual([], answer['omitted'])
        self.assertIsNone(answer['next_marker'])
        self.assertEqual(
            [
                {'id': one, 'ancestor': False, **self.export(one)}
                for one in self.ids
            ],
            answer['backup_records'],
        )

    @decorators.idempotent_id('58572c32-267e-4927-a96b-1e6d6a2b400d')
    def test_pages(self):
        """The marker of a page leads to the next one."""
        params, found = {'volume_id': self.volume['id'], 'limit': 1}, []
        while True:
            answer = self._export(**params)
            found += [item['id'] for item in answer['backup_records']]
            if answer['next_marker'] is None:
                break
            params['marker'] = answer['next_marker']
        self.assertEqual(self.ids, found)

    @decorators.idempotent_id('5bc1d10f-6744-4ddc-9e1f-7dbcf908353f')
    def test_ancestors(self):
        """What a backup builds on comes along, unless it is not wanted."""
        full, increment = self.ids
        self.assertEqual(
            [(full, True), (increment, False)], self._ids(id=increment)
        )
        self.assertEqual(
            [(increment, False)], self._ids(id=increment, ancestors='false')
        )

    @decorators.idempotent_id('fc56b86c-1480-414e-ad5c-ea71ebecdd18')
    def test_nothing_selected(self):
        """What is not there is not exported, and is no error."""
        self.assertEqual([], self._ids(id=data_utils.rand_uuid()))

    @decorators.idempotent_id('9ad9c7e8-0a33-4aa6-a16f-5a55101c1eda')
    def test_bad_parameters(self):
        """What can't be understood is refused."""
        for params in ({'nam': 'x'}, {'id': 'x'}, {'limit': 0}):
            self.assertRaises(exceptions.BadRequest, self._export, **params)
        error = self.assertRaises(
            exceptions.BadRequest, self._export, marker='x'
        )
        self.assertIn('[invalid_marker]', str(error))
