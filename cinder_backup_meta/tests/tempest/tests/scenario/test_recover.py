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

"""Backups are lost as with a database, and recovered from the catalog.

The REST API has no way to lose a backup: whatever deletes one does it on
purpose, and that is what the catalog takes it for. So the tests need the help
of who runs them, by ``[backup_meta] lose_command``.
"""

import shlex
import subprocess

from tempest import config
from tempest.lib import decorators

from cinder_backup_meta.tests.tempest.tests import base

CONF = config.CONF


class RecoverTest(base.BackupRecordsTestCase):
    """A chain, lost in whole or in part."""

    @classmethod
    def skip_checks(cls):
        super().skip_checks()
        if not CONF.backup_meta.lose_command:
            raise cls.skipException(
                'backups can not be lost over REST, and [backup_meta] '
                'lose_command is not set'
            )

    @classmethod
    def resource_setup(cls):
        super().resource_setup()
        cls.volume, cls.ids = cls.create_chain()

    def setUp(self):
        super().setUp()
        for one in self.ids:
            self.wait_for_record(one)
        # If the test fails, nothing of it shall be left in the repository.
        self.addCleanup(self._recover, ids=self.ids)

    def _lose(self, *backup_ids):
        command = shlex.split(CONF.backup_meta.lose_command)
        done = subprocess.run(
            [*command, *backup_ids],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=CONF.volume.build_timeout,
        )
        self.assertEqual(0, done.returncode, done.stdout)
        self.assert_gone(*backup_ids)

    def _recover(self, **options):
        return self.records_client.recover_records(**options)

    def _outcomes(self, answer):
        return [
            (item['id'], item['result'], item['ancestor'])
            for item in answer['backup_records']
        ]

    @decorators.idempotent_id('008a8b18-ad76-4cef-9ab1-3137da1b109c')
    def test_chain(self):
        """A lost chain comes back to its owner, and is restored."""
        before = [self._show(one) for one in self.ids]
        self._lose(*reversed(self.ids))
        plan = self._recover(ids=self.ids, dry_run=True)
        self.assertEqual(
            [(one, 'created', False) for one in self.ids],
            self._outcomes(plan),
        )
        self.assertEqual(
            [self.backups_client.project_id], list(plan['summary']['projects'])
        )
        self.assert_gone(*self.ids)
        done = self._recover(ids=self.ids)
        self.assertEqual({**plan, 'dry_run': False}, dict(done.items()))
        self.assertEqual(before, [self._show(one) for one in self.ids])
        self.assertEqual([], self._recover(ids=self.ids)['backup_records'])
        self.assert_restored(self.volume, self.restore(self.ids[1]))

    def _show(self, backup_id):
        backup = self.backups_client.show_backup(backup_id)['backup']
        # A row that was written anew says so.
        backup.pop('updated_at')
        # Records have whole seconds, and so has MySQL but not PostgreSQL.
        for name in ('created_at', 'data_timestamp'):
            backup[name] = backup[name].partition('.')[0]
        return backup

    @decorators.idempotent_id('dea35132-1fd9-4a90-8afc-9561d3753a29')
    def test_what_it_builds_on(self):
        """What a lost backup builds on comes back with it, unasked."""
        full, increment = self.ids
        self._lose(increment, full)
        self.assertEqual(
            [(full, 'created', True), (increment, 'created', False)],
            self._outcomes(self._recover(ids=[increment])),
        )
        self.assert_available(*self.ids)

    @decorators.idempotent_id('98a8f597-5df3-415b-b35c-92e4f303bc4e')
    def test_one_of_two(self):
        """What is there is left as it is."""
        full, increment = self.ids
        self._lose(increment)
        self.assertEqual(
            [(increment, 'created', False)],
            self._outcomes(self._recover(volume_id=self.volume['id'])),
        )
        self.assert_available(*self.ids)
