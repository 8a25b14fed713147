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

"""An import that is killed, or refused by the database, at every step."""

import json
import os
import uuid

import requests

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import saboteur

_QUIET = {
    'DEFAULT': {
        'report_interval': 0,
        'periodic_interval': 0,
        'service_down_time': 9000,
    },
    'backup_meta': {'verify': 'none'},
    # It reads Cinder's database in the background.
    'backup_meta_catalog': {'capture': False},
}


class TestAccidents(base.FunctionalTestCase):
    """Afterwards the backup is whole, or there is no trace of it."""

    settings = {
        'module': 'cinder_backup_meta.tests.functional.saboteur',
        'config': _QUIET,
    }

    def setUp(self):
        super().setUp()
        response = self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/admin',
            json={'quota_set': {'backups': -1, 'backup_gigabytes': -1}},
        )
        self.assertEqual(200, response.status_code)
        self.parent_id = str(uuid.uuid4())
        self.assert_created(self.post_values(id=self.parent_id, size=1))
        self.addCleanup(self._plan_nothing)

    def _plan(self, kind, step):
        """Plan an accident; steps are counted anew from here."""
        name = str(uuid.uuid4())
        path = self.cloud.path(saboteur.ACCIDENT)
        with open(path + '.new', 'w') as stream:
            json.dump({'name': name, 'kind': kind, 'step': step}, stream)
        os.rename(path + '.new', path)
        return name

    def _plan_nothing(self):
        if os.path.exists(self.cloud.path(saboteur.ACCIDENT)):
            os.unlink(self.cloud.path(saboteur.ACCIDENT))

    def _import(self, backup_id):
        """Import a child with metadata: every table is written to."""
        return self.post_values(
            id=backup_id,
            size=2,
            parent_id=self.parent_id,
            created_at='2026-01-03T00:00:00Z',
            metadata={'a': '1', 'b': '2'},
        )

    def _steps(self):
        """Return the steps of an import without an accident."""
        name = self._plan(saboteur.NOTHING, 0)
        self.assert_created(self._import(str(uuid.uuid4())))
        self._plan_nothing()
        with open(self.cloud.path(saboteur.STEPS)) as stream:
            steps = [line for line in stream if line.startswith(name)]
        # It would be a poor walk that misses what it is about.
        walk = ''.join(steps)
        for what in ('INSERT INTO backups', 'UPDATE quota_usages', 'COMMIT'):
            self.assertIn(what, walk)
        return range(1, len(steps) + 1)

    def _state(self):
        """Return what an import changes, in numbers."""
        rows = self.cloud.rows('backups')
        [parent] = [row for row in rows if row['id'] == self.parent_id]
        usage = {
            row['resource']: row['in_use']
            for row in self.cloud.rows('quota_usages')
        }
        return {
            'backups': len(rows),
            'metadata': len(self.cloud.rows('backup_metadata')),
            'children': parent['num_dependent_backups'],
            'in use': usage['backups'],
            'gigabytes': usage['backup_gigabytes'],
            'reserved': [row for row in self.cloud.rows('reservations')],
        }

    def _whole(self, before):
        return {
            'backups': before['backups'] + 1,
            'metadata': before['metadata'] + 2,
            'children': before['children'] + 1,
            'in use': before['in use'] + 1,
            'gigabytes': before['gigabytes'] + 2,
            'reserved': before['reserved'],
        }

    def _check(self, before, backup_id, step):
        """Check that all or nothing is there; then make it all."""
        after = self._state()
        whole = self._whole(before)
        if after != before:
            self.assertEqual(whole, after, f'step {step}')
            self.assertEqual('available', self.backup_row(backup_id)['status'])
        response = self._import(backup_id)
        expected = 201 if after == before else 400
        self.assertEqual(expected, response.status_code, response.text)
        self.assertEqual(whole, self._state(), f'step {step}')
        return after != before

    def test_killed_at_every_step(self):
        survived = []
        for step in self._steps():
            before, backup_id = self._state(), str(uuid.uuid4())
            self._plan(saboteur.KILL, step)
            self.assertRaises(
                requests.exceptions.ConnectionError, self._import, backup_id
            )
            self._plan_nothing()
            self.cloud.kill()
            self.cloud.restart()
            survived.append(self._check(before, backup_id, step))
        # Killed early there is nothing, killed late there is all.
        self.assertEqual(sorted(survived), survived)
        self.assertEqual({False, True}, set(survived))

    def test_refused_at_every_step(self):
        refused = 0
        for step in self._steps():
            before, backup_id = self._state(), str(uuid.uuid4())
            self._plan(saboteur.REFUSE, step)
            response = self._import(backup_id)
            self._plan_nothing()
            if response.status_code != 201:
                refused += 1
                self.assertEqual(before, self._state(), f'step {step}')
            self._check(before, backup_id, step)
        self.assertLess(5, refused)
