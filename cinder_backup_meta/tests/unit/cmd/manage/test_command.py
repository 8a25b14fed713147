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

import contextlib
import datetime
import io
import json
import os
import subprocess
import sys
from unittest import mock

from cinder import quota
import fixtures
from oslo_config import cfg
import sqlalchemy as sa
from sqlalchemy import exc as sa_exception
from testtools import matchers

from cinder_backup_meta.cmd import manage
from cinder_backup_meta.cmd.manage import command as manage_command
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import stuck_imports
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

TIMEOUT = 600


class ManageTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=False)
        )
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.write('cinder.conf', '[DEFAULT]\n')
        self.config.config(
            group='database', connection=f'sqlite:///{base._file("cinder")}'
        )
        self.addCleanup(self._forget_command)

    def _forget_command(self):
        # Unlike reset() it lets stand what the fixtures have set.
        cfg.CONF.clear()
        cfg.CONF.unregister_opt(manage_command.COMMAND)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as stream:
            stream.write(text)

    def manage(self, *arguments, config='cinder.conf', code=0):
        """Run the command; return its output and its error output."""
        self._forget_command()
        output, error = io.StringIO(), io.StringIO()
        redirected = contextlib.ExitStack()
        redirected.enter_context(contextlib.redirect_stdout(output))
        redirected.enter_context(contextlib.redirect_stderr(error))
        with redirected:
            try:
                status = manage.main(
                    ['--config-file', self.path(config), *arguments]
                )
            except SystemExit as end:
                status = end.code
        output, error = output.getvalue(), error.getvalue()
        self.assertEqual(code, status, output + error)
        return output, error

    def fail(self, *arguments, code=1, **more):
        """Run the command that fails; return its one line of error."""
        output, error = self.manage(*arguments, code=code, **more)
        self.assertEqual('', output)
        self.assertEqual(1, error.count('\n'), error)
        start = 'cinder-backup-meta-manage: error: '
        self.assertEqual(start, error[: len(start)])
        return error


class TestProcess(ManageTestCase):
    def _run(self, *arguments):
        return subprocess.run(
            [sys.executable, '-m', manage.__name__, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )

    def test_without_any_configuration_file(self):
        if os.path.exists('/etc/cinder/cinder.conf'):
            self.skipTest('This machine has a cinder.conf.')
        home = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable('HOME', home))
        for arguments in (('check',), ('catalog', 'status')):
            done = self._run(*arguments)
            self.assertEqual(1, done.returncode)
            said = done.stdout + done.stderr
            self.assertIn('no configuration file was read', said)
            self.assertIn('--config-file', said)

    def test_says_nothing_but_what_it_has_to(self):
        self.write('cinder.conf', f'[DEFAULT]\nstate_path = {self.folder}\n')
        path = self.path('cinder_backup_meta.sqlite')
        done = self._run(
            '--config-file', self.path('cinder.conf'), 'db', 'sync'
        )
        self.assertEqual('', done.stderr)
        self.assertEqual(0, done.returncode)
        self.assertIn(f'sqlite:///{path}: version ', done.stdout)
        self.assertTrue(os.path.exists(path))

    def test_exit_status_of_a_failure(self):
        self.write('cinder.conf', f'[DEFAULT]\nstate_path = {self.folder}/x\n')
        done = self._run(
            '--config-file', self.path('cinder.conf'), 'db', 'sync'
        )
        self.assertEqual(1, done.returncode)
        self.assertEqual(1, done.stderr.count('\n'), done.stderr)

    def test_without_cinder(self):
        missing = fixtures.MockPatch(
            'importlib.util.find_spec', return_value=None
        )
        error = io.StringIO()
        with missing, contextlib.redirect_stderr(error):
            self.assertEqual(1, manage.main([]))
        self.assertIn("'cinder-backup-meta[cinder]'", error.getvalue())


class TestArguments(ManageTestCase):
    def test_help_tells_the_exit_status(self):
        output, _error = self.manage('--help')
        text = ' '.join(output.split())
        self.assertIn('Exit status: 0 if what was requested is done', text)
        for command in ('db', 'repair'):
            self.assertIn(f'\n    {command} ', output)

    def test_not_understood(self):
        for arguments in (
            (),
            ('nothing',),
            ('db',),
            ('db', 'nothing'),
            ('repair', '--older-than', '0'),
            ('repair', '--older-than', 'long'),
            ('repair', '--format', 'xml'),
        ):
            _output, error = self.manage(*arguments, code=2)
            self.assertIn('error: ', error.splitlines()[-1])

    def test_configuration_that_is_not_there(self):
        error = self.fail('db', 'version', config='nothing.conf', code=2)
        self.assertIn('nothing.conf', error)

    def test_configuration_that_can_not_be_read(self):
        self.write('cinder.conf', 'no section\n')
        error = self.fail('db', 'version', code=2)
        self.assertIn('cinder.conf', error)

    def test_folder_of_configuration(self):
        self.config.conf.clear_override(
            'connection', group='backup_meta_catalog'
        )
        os.mkdir(self.path('conf.d'))
        self.write(
            'conf.d/own.conf',
            '[backup_meta_catalog]\n'
            f'connection = sqlite:///{self.folder}/own.sqlite\n',
        )
        self.manage('--config-dir', self.path('conf.d'), 'db', 'sync')
        self.assertTrue(os.path.exists(self.path('own.sqlite')))


class TestDatabase(ManageTestCase):
    def test_sync_and_version(self):
        place = f'sqlite:///{self.catalog.path}'
        output, error = self.manage('db', 'version')
        self.assertEqual(f'{place}: no tables; run db sync\n', output)
        self.assertFalse(os.path.exists(self.catalog.path))
        done, error = self.manage('db', 'sync')
        self.assertThat(
            done,
            matchers.MatchesRegex(f'{place}: version [0-9a-f]+, up to date'),
        )
        self.assertEqual('', error)
        for action in ('version', 'sync'):
            self.assertEqual((done, ''), self.manage('db', action))

    def test_version_of_an_older_release(self):
        self.manage('db', 'sync')
        self.catalog.execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = 'old'"
        )
        output, _error = self.manage('db', 'version')
        self.assertIn(
            f'version old; run db sync for {migration.head()}', output
        )

    def test_unusable_database(self):
        self.catalog.break_()
        for action in ('version', 'sync'):
            self.assertIn('not a database', self.fail('db', action))

    def test_unwritable_folder(self):
        self.catalog.connect('sqlite:////nonexistent/folder/file')
        self.assertIn('unable to open', self.fail('db', 'sync'))

    def test_no_password_on_the_terminal(self):
        # Nobody listens there, or there is no driver for it: both will do.
        self.catalog.connect('mysql+pymysql://user:secret@127.0.0.1:1/x')
        self.assertNotIn('secret', self.fail('db', 'sync'))


class TestRepair(ManageTestCase):
    """How it is told; what is found and done is tested with ``repair``."""

    def setUp(self):
        super().setUp()
        self._insert(
            'backups',
            id=samples.ID,
            project_id='project-1',
            user_id='user-1',
            volume_id=models.ZERO_UUID,
            status='creating',
            created_at=datetime.datetime(2026, 1, 2, 3, 4, 5, 678901),
        )
        for resource, in_use in (('backups', 1), ('backup_gigabytes', 3)):
            self._insert(
                'quota_usages',
                project_id='project-1',
                resource=resource,
                in_use=in_use,
                reserved=0,
            )

    def _insert(self, table, **values):
        table = models.Backup.metadata.tables[table]
        with models.main_context_manager.writer.using(self.context) as session:
            session.execute(sa.insert(table).values(values))

    def _state(self):
        return (
            [row['status'] for row in self.rows('backups')],
            [row['in_use'] for row in self.rows('quota_usages')],
        )

    def test_table(self):
        output, error = self.manage('repair')
        self.assertEqual('', error)
        self.assertEqual(
            [
                f'{"backup":36}  project    created at (UTC)     result',
                f'{samples.ID}  project-1  2026-01-02 03:04:05  found',
                'found: left behind by an import; --apply removes it',
                'Rows found: 1. Quota to return: 1 backup, 3 gigabytes.',
            ],
            output.splitlines(),
        )
        self.assertEqual((['creating'], [1, 3]), self._state())

    def test_apply(self):
        output, error = self.manage('repair', '--apply')
        self.assertEqual('', error)
        self.assertIn(
            'Rows removed: 1. Quota returned: 1 backup, 3 gigabytes.',
            output,
        )
        self.assertEqual((['deleted'], [0, 0]), self._state())
        output, _error = self.manage('repair', '--apply')
        self.assertEqual('Nothing was left behind.\n', output)

    def test_json(self):
        expected = {
            'applied': False,
            'backups': [
                {
                    'id': samples.ID,
                    'project_id': 'project-1',
                    'user_id': 'user-1',
                    'created_at': '2026-01-02T03:04:05Z',
                    'result': 'found',
                }
            ],
            'quota': {'project-1': {'backups': 1, 'backup_gigabytes': 3}},
            'totals': {'rows': 1, 'backups': 1, 'backup_gigabytes': 3},
        }
        output, error = self.manage('repair', '--format', 'json')
        self.assertEqual('', error)
        self.assertEqual(expected, json.loads(output))
        expected['applied'] = True
        expected['backups'][0]['result'] = 'removed'
        output, _error = self.manage('repair', '--format', 'json', '--apply')
        self.assertEqual(expected, json.loads(output))

    def test_project_that_is_busy(self):
        quota.QUOTAS.reserve(self.context, project_id='project-1', backups=1)
        output, error = self.manage('repair', '--apply', code=1)
        self.assertIn('busy: left alone: ', output)
        self.assertIn('Rows removed: 0. Quota returned: 0', output)
        self.assertIn('error: 1 row left behind, because', error)
        self.assertEqual((['creating'], [1, 3]), self._state())

    def test_older_than(self):
        century = str(100 * 365 * 86400)
        output, _error = self.manage('repair', '--older-than', century)
        self.assertEqual('Nothing was left behind.\n', output)

    def test_own_database_is_not_needed(self):
        self.manage('repair')
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_no_database(self):
        self.config.config(
            group='database', connection=f'sqlite:///{self.folder}/none'
        )
        error = self.fail('repair')
        self.assertIn("Cinder's database cannot be used", error)
        self.assertFalse(os.path.exists(self.path('none')))

    def test_error_of_the_database(self):
        with mock.patch.object(
            stuck_imports,
            'find',
            autospec=True,
            side_effect=sa_exception.OperationalError(
                'SELECT secret', {}, Exception('it went away')
            ),
        ):
            error = self.fail('repair')
        self.assertIn("Cinder's database cannot be used (it went", error)
        self.assertNotIn('secret', error)
