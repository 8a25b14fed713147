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

"""Rules that an operator has opened to members, for their own projects.

What belongs to another project is not found: it answers like what is not
there.
"""

import os
import tempfile
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import manage
from cinder_backup_meta.tests import samples

OWN = 'rule:admin_api or project_id:%(project_id)s'
MEMBER = 'rule:admin_api or role:member'

RULES = {
    'backup:backup-import': MEMBER,
    'backup:backup-export': OWN,
    'backup-records:import': MEMBER,
    'backup-records:export': OWN,
    'backup-records:get_all': OWN,
    'backup-records:show': OWN,
    'backup-records:status': OWN,
    'backup-records:recover': OWN,
    'backup-records:release': OWN,
}

#: A member of a project that the backups are not of
MALLORY = 'mallory:other:member'
#: One of the project that they are of
ALICE = 'alice:admin:member'


class PolicyTestCase(base.RecordsTestCase):
    @classmethod
    def make_cloud(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        path = os.path.join(folder.name, 'policy.yaml')
        with open(path, 'w') as stream:
            for name, rule in RULES.items():
                stream.write(f'"{name}": "{rule}"\n')
        cls.settings = {'config': {'oslo_policy': {'policy_file': path}}}
        return super().make_cloud()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manage.manage(cls.cloud, 'db', 'sync')

    def setUp(self):
        super().setUp()
        self.backup_id = self.quick_backup()
        self.capture()

    def capture(self):
        manage.manage(self.cloud, 'catalog', 'sync')

    def get(self, path, who, status=200):
        response = self.cloud.request(
            'GET', f'/v3/backup-records{path}', token=who
        )
        self.assertEqual(status, response.status_code, response.text)
        return response.json()

    def record(self, **changes):
        _service, string = self.export(self.backup_id)
        values = codec.decode(string)
        return codec.encode(values | changes), values

    def post(self, string, who=MALLORY, **options):
        """Import one record; return status and text of the answer."""
        before = self.tables()
        response = self.import_with_options(string, token=who, **options)
        if response.status_code >= 400:
            self.assertEqual(before, self.tables())
            [error] = response.json().values()
            return response.status_code, error['message']
        return response.status_code, response.text

    def post_page(self, *strings, who=MALLORY, **options):
        """Import a page; return its items."""
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={'backup_records': {'records': list(strings), **options}},
            token=who,
        )
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['backup_records']


class TestReading(PolicyTestCase):
    def test_record(self):
        self.get(f'/{self.backup_id}', ALICE)
        hidden = self.get(f'/{self.backup_id}', MALLORY, 404)
        unknown_id = str(uuid.uuid4())
        unknown = self.get(f'/{unknown_id}', MALLORY, 404)
        self.assertEqual(
            str(unknown), str(hidden).replace(self.backup_id, unknown_id)
        )

    def test_lists(self):
        for path in ('', '/detail'):
            found = self.get(path, ALICE)['backup_records']
            self.assertIn(self.backup_id, {item['id'] for item in found})
            for query in ('', '?project_id=admin'):
                found = self.get(path + query, MALLORY)
                self.assertEqual([], found['backup_records'])

    def test_export(self):
        path = f'/export?id={self.backup_id}'
        found = self.get(path, ALICE)['backup_records']
        self.assertIn(self.backup_id, {item['id'] for item in found})
        for query in ('/export', '/export?project_id=admin'):
            found = self.get(query, MALLORY)
            self.assertEqual([], found['backup_records'])
        unknown_id = str(uuid.uuid4())
        hidden = self.get(path, MALLORY)
        unknown = self.get(f'/export?id={unknown_id}', MALLORY)
        self.assertEqual(
            str(unknown), str(hidden).replace(self.backup_id, unknown_id)
        )

    def test_export_of_a_chain_with_a_foreign_parent(self):
        self.cloud.execute(
            "UPDATE backups SET project_id = 'third' WHERE id = ?",
            (self.backup_id,),
        )
        found = self.get(
            f'/export?id={self.backup_id}', 'mallory:third:member'
        )
        [item] = found['backup_records']
        self.assertEqual(self.backup_id, item['id'])
        # The parent is as good as not there, whatever state it is in.
        self.assertNotEqual([], found['omitted'])
        self.assertEqual(
            {'backup_not_found'}, {item['reason'] for item in found['omitted']}
        )

    def test_what_is_of_the_whole_cloud(self):
        self.get('/status', MALLORY, 403)
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/recover',
            json={'recover': {}},
            token=MALLORY,
        )
        self.assertEqual(403, response.status_code)

    def test_release(self):
        response = self.cloud.request(
            'POST',
            f'/v3/backup-records/{self.backup_id}/action',
            json={'release': None},
            token=MALLORY,
        )
        self.assertEqual(404, response.status_code)


class TestImporting(PolicyTestCase):
    def test_copy(self):
        string, _values = self.record(id=str(uuid.uuid4()))
        for lost in (False, True):
            if lost:
                self.forget(self.backup_id)
            status, text = self.post(string)
            self.assertEqual(404, status, text)
            self.assertNotIn('available', text)
            status, text = self.post(string, verify='none')
            self.assertEqual(404, status, text)
        self.assertEqual(201, self.post(string, ALICE)[0])

    def test_own_record_of_the_other(self):
        string, _values = self.record()
        for lose in (
            lambda: None,
            lambda: self.forget(self.backup_id),
        ):
            lose()
            self.assertEqual(404, self.post(string)[0])
            [item] = self.post_page(string)
            self.assertEqual('backup_not_found', item['reason'])
            self.assertNotIn('available', item['detail'])
        # It is lost, and its owner gets it back.
        self.assertEqual(201, self.post(string, ALICE)[0])

    def test_parent(self):
        # Whatever the parent is like, it answers as one that is not there.
        unknown_id, new_id = str(uuid.uuid4()), str(uuid.uuid4())
        parents = self.backup_id, unknown_id
        for status in ('available', 'error'):
            self.cloud.execute(
                'UPDATE backups SET status = ? WHERE id = ?',
                (status, self.backup_id),
            )
            answers = [
                self.post(
                    samples.encode(
                        samples.record(id=new_id, parent_id=parent_id)
                    ),
                    verify='none',
                )
                for parent_id in parents
            ]
            hidden, unknown = (
                str(answer).replace(parent_id, 'X')
                for answer, parent_id in zip(answers, parents, strict=True)
            )
            self.assertEqual(unknown, hidden)
            self.assertIn('[parent_missing]', hidden)

    def test_owner(self):
        string, _values = self.record(id=str(uuid.uuid4()))
        self.assertEqual(403, self.post(string, owner='record')[0])
