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

"""Cinder's database is lost, in whole or in part, and the catalog is not."""

import json
import os
import shutil

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests.functional import manage


class RecoverTestCase(base.RecordsTestCase):
    """Each test has a Cinder of its own: it loses its database."""

    @classmethod
    def setUpClass(cls):
        super(base.FunctionalTestCase, cls).setUpClass()

    @classmethod
    def tearDownClass(cls):
        super(base.FunctionalTestCase, cls).tearDownClass()

    def setUp(self):
        super().setUp()
        self.cloud = self.useFixture(control_plane.ControlPlane())

    def recover(self, status=200, **body):
        response = self.cloud.request(
            'POST', '/v3/backup-records/recover', json={'recover': body}
        )
        self.assertEqual(status, response.status_code, response.text)
        return response.json()

    def manage(self, *arguments):
        return json.loads(
            manage.manage(
                self.cloud, 'recover', '--format', 'json', *arguments
            )
        )

    def chain(self, length=3):
        """Make a volume with a chain of backups; return their ids."""
        volume_id = self.cloud.create_volume(data=b'first')
        ids = [self.cloud.backup(volume_id)]
        for number in range(1, length):
            self.cloud.write(volume_id, number << 20, b'more')
            ids.append(self.cloud.backup(volume_id, incremental=True))
        self.digest = self.cloud.read_sha256(volume_id)
        return ids

    def states(self):
        response = self.cloud.request(
            'GET', '/v3/backup-records?sort=created_at:asc'
        )
        return {
            item['id']: item['state']
            for item in response.json()['backup_records']
        }

    def wait_for_states(self, expected):
        self.assert_soon(expected, self.states)

    def live(self):
        """Return the backups that Cinder has, as far as records say it."""
        return {
            row['id']: base.lasting(row)
            for row in self.cloud.rows('backups')
            if not row['deleted']
        }

    def usages(self):
        return {
            (row['project_id'], row['resource']): row['in_use']
            for row in self.cloud.rows('quota_usages')
            if row['resource'].startswith('backup')
        }


class TestLost(RecoverTestCase):
    def _lose(self):
        ids = self.chain()
        self.wait_for_states(dict.fromkeys(ids, 'current'))
        before = self.live(), self.usages()
        self.cloud.restart(lose_database=True)
        self.assertEqual({}, self.live())
        return ids, before

    def _check(self, ids, before):
        live, usages = before
        self.assertEqual(live, self.live())
        self.assertEqual(usages, self.usages())
        self.wait_for_states(dict.fromkeys(ids, 'current'))
        volume_id = self.restore(ids[-1])
        self.assertEqual(self.digest, self.cloud.read_sha256(volume_id))

    def test_new_and_empty_database(self):
        ids, before = self._lose()
        # More than the quota of backups: what was there comes back.
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/admin',
            json={'quota_set': {'backups': 1}},
        )
        plan = self.recover(dry_run=True)
        self.assertEqual({}, self.live())
        self.assertEqual(3, plan['summary']['created'])
        self.assertEqual(1, plan['summary']['chains'])
        self.assertEqual(['admin'], plan['summary']['over_quota'])
        done = self.recover()
        self.assertEqual(
            {**plan, 'dry_run': False}, {**done, 'dry_run': False}
        )
        self._check(ids, before)
        self.assertEqual([], self.recover()['backup_records'])

    def test_page_by_page(self):
        ids, before = self._lose()
        planned = self._walk(dry_run=True)
        self.assertEqual({}, self.live())
        self.assertEqual(planned, self._walk())
        self.assertEqual(ids, [item['id'] for item in planned])
        self._check(ids, before)

    def _walk(self, **options):
        found, marker = [], None
        while True:
            answer = self.recover(limit=1, marker=marker, **options)
            self.assertEqual(1, answer['examined'])
            found += answer['backup_records']
            marker = answer['next_marker']
            if marker is None:
                return found

    def test_without_the_api(self):
        ids, before = self._lose()
        self.cloud.stop()
        plan = self.manage('--dry-run')
        self.assertEqual({}, self.live())
        done = self.manage()
        self.assertEqual({**plan, 'dry_run': False}, done)
        self.assertEqual(3, done['summary']['created'])
        self.assertEqual(0, self.manage()['summary']['created'])
        self.cloud.restart()
        self._check(ids, before)

    def test_selection_brings_what_it_builds_on(self):
        ids, _before = self._lose()
        answer = self.recover(ids=ids[1:2])
        self.assertEqual(
            [(ids[0], True), (ids[1], False)],
            [
                (item['id'], item['ancestor'])
                for item in answer['backup_records']
            ],
        )
        self.assertEqual(set(ids[:2]), set(self.live()))

    def test_what_can_not_be_brought_back_is_told(self):
        ids, _before = self._lose()
        [path] = [
            name
            for name in self.files('backups')
            if name.endswith('_metadata') and ids[1] in name
        ]
        os.unlink(os.path.join(self.cloud.path('backups'), path))
        answer = self.recover()
        self.assertEqual(
            [
                ('created', None),
                ('refused', 'data_missing'),
                ('refused', 'parent_refused'),
            ],
            [
                (item['result'], item['reason'])
                for item in answer['backup_records']
            ],
        )


class TestOlderDump(RecoverTestCase):
    def test_only_what_is_missing_and_nothing_else_is_touched(self):
        kept = self.chain(2)
        deleted = self.chain(1)[0]
        self.cloud.stop()
        shutil.copy(self.cloud.path('cinder.sqlite'), self.cloud.path('dump'))
        self.cloud.restart()
        lost = self.chain(2)
        self.delete(deleted)
        self.wait_for_states(
            dict.fromkeys([*kept, *lost], 'current') | {deleted: 'deleted'}
        )
        self.cloud.stop()
        shutil.copy(self.cloud.path('dump'), self.cloud.path('cinder.sqlite'))
        self.cloud.restart()
        before = self.live()
        self.assertEqual({*kept, deleted}, set(before))
        answer = self.recover()
        self.assertEqual(
            lost, [item['id'] for item in answer['backup_records']]
        )
        after = self.live()
        for backup_id, row in before.items():
            self.assertEqual(row, after[backup_id])
        self.assertEqual({*kept, deleted, *lost}, set(after))
        self.assertEqual(5, self.usages()['admin', 'backups'])


class TestRefusals(RecoverTestCase):
    def test_catalog_that_can_not_be_read(self):
        path = self.cloud.path('cinder_backup_meta.sqlite')
        os.rename(path, path + '.away')
        with open(path, 'wb') as stream:
            stream.write(b'this is no database' * 1000)
        for suffix in ('-wal', '-shm'):
            if os.path.exists(path + suffix):
                os.unlink(path + suffix)
        before = self.live()
        answer = self.recover(status=503)
        [error] = answer.values()
        self.assertIn('[catalog_unavailable]', error['message'])
        self.assertEqual(before, self.live())

    def test_body(self):
        for body, text in (
            ({'limit': 0}, 'limit'),
            ({'ids': ['x']}, 'uuid'),
            ({'created_since': 'once'}, 'created_since'),
            ({'name': 'x\0'}, 'name'),
            ({'project_id': 'x\ud800'}, 'project_id'),
            ({'marker': 'x'}, '[invalid_marker]'),
            ({'charged': {'a': {'backups': 1}}}, 'dry_run'),
            ({'owner': 'importer'}, 'owner'),
        ):
            [error] = self.recover(status=400, **body).values()
            self.assertIn(text, error['message'])
