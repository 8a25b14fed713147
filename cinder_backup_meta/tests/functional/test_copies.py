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

"""Two backups with the same data: a record imported under another id."""

import json
import typing
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import manage


class CopyTestCase(base.RecordsTestCase):
    settings: typing.ClassVar[typing.Any] = {
        'config': {
            'DEFAULT': {
                'quota_volumes': -1,
                'quota_gigabytes': -1,
                'quota_backups': -1,
                'quota_backup_gigabytes': -1,
            }
        }
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manage.manage(cls.cloud, 'db', 'sync')

    def setUp(self):
        super().setUp()
        self.source_id = self.quick_backup()

    def record_of_copy(self, backup_id=None, **changes):
        """Return a record that says the same under another id, and that id."""
        _service, string = self.export(backup_id or self.source_id)
        values = codec.decode(string) | {'id': str(uuid.uuid4())} | changes
        return codec.encode(values), values['id']

    def copy(self, backup_id=None):
        string, copy_id = self.record_of_copy(backup_id)
        self.assert_created(self.post_record(string))
        return copy_id

    def data(self, backup_id):
        """Return the files of a backup in the repository."""
        return {
            name: digest
            for name, digest in self.files('backups').items()
            if f'backup_{backup_id}' in name
        }

    def is_retained(self, backup_id):
        response = self.cloud.request('GET', f'/v3/backup-records/{backup_id}')
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['backup_record']['retained']

    def check(self):
        """Return what disagrees, by code."""
        manage.manage(self.cloud, 'catalog', 'sync')
        output = manage.manage(self.cloud, 'check', '--format', 'json')
        return json.loads(output)['findings']


class TestCopy(CopyTestCase):
    def setUp(self):
        super().setUp()
        self.copy_id = self.copy()
        self.before = self.data(self.source_id)
        self.assertNotEqual({}, self.before)

    def _assert_restorable(self, backup_id):
        restored = self.restore(backup_id)
        digest = self.cloud.read_sha256(self.volume_id)
        self.assertEqual(digest, self.cloud.read_sha256(restored))

    def test_copy_deleted(self):
        self.delete(self.copy_id)
        self.assertEqual(self.before, self.data(self.source_id))
        self._assert_restorable(self.source_id)
        self.assertEqual([], self.check())
        self.delete(self.source_id)
        self.assertEqual({}, self.data(self.source_id))
        self.assertEqual([], self.check())

    def test_source_deleted(self):
        self.delete(self.source_id)
        self.assertEqual(self.before, self.data(self.source_id))
        self._assert_restorable(self.copy_id)
        self.assertEqual([], self.check())
        # It is the only one now, and may be released.
        self.assertTrue(self.is_retained(self.copy_id))
        response = self.cloud.request(
            'POST',
            f'/v3/backup-records/{self.copy_id}/action',
            json={'release': None},
        )
        self.assertLess(response.status_code, 300, response.text)
        self.delete(self.copy_id)
        self.assertEqual({}, self.data(self.source_id))
        self.assertEqual([], self.check())

    def test_copy_of_the_copy(self):
        other_id = self.copy(self.copy_id)
        for backup_id in self.copy_id, self.source_id:
            self.delete(backup_id)
        self.assertEqual(self.before, self.data(self.source_id))
        self._assert_restorable(other_id)

    def test_chain_on_the_copy(self):
        child_id = self.quick_backup()
        copy_id = self.copy(child_id)
        parents = {
            row['id']: row['parent_id'] for row in self.cloud.rows('backups')
        }
        self.assertEqual(parents[child_id], parents[copy_id])
        self._assert_restorable(copy_id)
        parent = self.backup_row(parents[child_id])
        self.assertEqual(2, parent['num_dependent_backups'])

    def test_both_lost(self):
        manage.manage(self.cloud, 'catalog', 'sync')
        self.forget(self.source_id, self.copy_id)
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/recover',
            json={'recover': {'verify': 'none'}},
        )
        self.assertEqual(200, response.status_code, response.text)
        created = {
            item['id']
            for item in response.json()['backup_records']
            if item['result'] == 'created'
        }
        self.assertLessEqual({self.source_id, self.copy_id}, created)
        self.assertTrue(self.is_retained(self.copy_id))
        self.assertFalse(self.is_retained(self.source_id))
        # Whoever deleted the rows has not told the parent, which was left.
        manage.manage(self.cloud, 'repair', '--counts', '--apply')
        self.assertEqual([], self.check())


class TestRefused(CopyTestCase):
    def _assert_refused(self, status, texts, string, **options):
        before = self.tables()
        response = self.import_with_options(string, **options)
        self.assert_refused(status, texts, before, response)

    def test_for_another_owner(self):
        string, copy_id = self.record_of_copy(project_id='p' * 32)
        self._assert_refused(
            400,
            ['[service_metadata_invalid]', self.source_id, copy_id],
            string,
            owner='record',
        )

    def test_among_many(self):
        string, copy_id = self.record_of_copy()
        before = self.tables()
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={'backup_records': {'records': [string]}},
        )
        self.assertEqual(200, response.status_code, response.text)
        [item] = response.json()['backup_records']
        self.assertEqual('service_metadata_invalid', item['reason'])
        self.assertIn('backup-import', item['detail'])
        self.assertEqual(before, self.tables())

    def test_of_another_volume(self):
        string, _copy_id = self.record_of_copy(volume_id=str(uuid.uuid4()))
        self._assert_refused(400, ['[service_metadata_invalid]'], string)

    def test_copy_that_does_not_name_the_volume(self):
        # Nothing would prove that it is of the same volume.
        for volume_id in ('0000-0000-0000-0000', None):
            string, _id = self.record_of_copy()
            values = codec.decode(string) | {'volume_id': volume_id}
            if volume_id is None:
                del values['volume_id']
            self._assert_refused(
                400, ['[service_metadata_invalid]'], codec.encode(values)
            )

    def test_of_another_chain(self):
        string, _copy_id = self.record_of_copy(parent_id=None)
        # Even if nobody wants to know.
        self._assert_refused(
            400, ['[data_missing]', 'parent_id'], string, verify='none'
        )

    def test_without_data(self):
        string, _copy_id = self.record_of_copy()
        self.delete(self.source_id)
        self._assert_refused(400, ['[data_missing]'], string, verify='none')
