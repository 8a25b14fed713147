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

"""What the quickstart shows, and what the guides say, on the full stack."""

import importlib.metadata
import json
import os

from cinder_backup_meta.embedded.demo import screen
from cinder_backup_meta.embedded.demo import story
from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.functional import desk

_MANAGE = 'cinder-backup-meta-manage'


class _Cloud:
    """The full stack, as the quickstart's story uses its Cinder."""

    arguments = ('the', 'services')

    def __init__(self, plane):
        self._plane = plane
        self._up = True
        self.folder = plane.state_dir

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def start(self):
        if not self._up:
            self._plane.start()
        self._up = True
        return f'Cinder answers at {self._plane.endpoint}'

    def stop(self):
        self._plane.stop()
        self._up = False

    def lose_database(self):
        self._plane.lose_database()
        return [self._plane.url]

    def cinder(self, *arguments):
        return self._plane.cinder(*arguments)[1]

    def manage(self, *arguments):
        return self._plane.run_command(_MANAGE, *arguments)

    def manage_command(self):
        return self._plane.command(_MANAGE)

    def wait_for(self, kind, identifier):
        self._plane.wait_for(kind, identifier, 'available')


class TestQuickstart(base.FullStackTestCase):
    """The steps of the quickstart, one after another."""

    settings = {'volumes': True, 'config': base.EAGER}

    def test_all_steps(self):
        told = story.Story(_Cloud(self.cloud), screen.Screen(len(story.STEPS)))
        for what, why, function in story.STEPS:
            told.screen.step(what, why)
            function(told)
        self.assertEqual(2, len(told.backups))
        self.assertNotEqual('', told.expected)
        self.assertEqual(told.expected, told.found)


class TestGuide(base.FullStackTestCase):
    """The guide for the day on which the database is lost."""

    settings = {
        'volumes': True,
        'backup_hosts': ('backup-1', 'backup-2'),
        'config': base.EAGER,
    }

    def setUp(self):
        super().setUp()
        self.programs = self.useFixture(desk.Programs())

    def _openstack(self, *arguments):
        output = self.cloud.openstack(*arguments, '-f', 'json')[1]
        return json.loads(output)

    def _lose(self):
        self.cloud.stop()
        self.cloud.lose_database()
        self.cloud.start()
        self.assertEqual(
            [], self._openstack('volume', 'backup', 'list', '--all-projects')
        )

    def _restore(self, backup_id):
        name = 'restored'
        code, _output, errors = self.cloud.openstack(
            *('volume', 'backup', 'restore', backup_id, name), check=False
        )
        release = importlib.metadata.version('python-openstackclient')
        if tuple(map(int, release.split('.')[:2])) < (7, 3):
            # It begins the restore, and cannot print the answer.
            self.assertIn('too many values to unpack', errors)
        else:
            self.assertEqual(0, code, errors)
        volume_id = self._openstack('volume', 'show', name)['id']
        self.cloud.wait_for('volume', volume_id, 'available')
        return self.cloud.read_sha256(volume_id)

    def _record(self, *arguments):
        return self._openstack('volume', 'backup', 'record', *arguments)

    def test_recover(self):
        volume_id, *ids = self.make_chain()
        digest = self.cloud.read_sha256(volume_id)
        self.assert_soon(
            2, lambda: len(self._record('list', '--state', 'current'))
        )
        self._lose()
        self.assert_soon(
            2, lambda: len(self._record('list', '--state', 'missing'))
        )
        planned = self._record('recover', '--dry-run')
        self.assertEqual((2, 0), (planned['created'], planned['refused']))
        self.assertEqual([], self.cloud.rows('backups'))
        done = self._record('recover')
        self.assertEqual((2, 0), (done['created'], done['refused']))
        self.assertEqual(digest, self._restore(ids[1]))
        self._run_commands_of_cinder(ids)

    def _run_commands_of_cinder(self, ids):
        """Bring the same back by a bundle, with the other program."""
        bundle = self.cloud.path('cloud.bundle')
        self.cloud.cinder('backup-bundle-export', bundle)
        self.forget(*reversed(ids))
        self.cloud.cinder(
            'backup-bundle-import',
            '--owner',
            'record',
            '--quota',
            'recounted',
            bundle,
        )
        rows = self.cloud.select(
            'SELECT id, status FROM backups WHERE NOT deleted'
        )
        self.assertEqual(
            dict.fromkeys(ids, 'available'),
            {row['id']: row['status'] for row in rows},
        )
