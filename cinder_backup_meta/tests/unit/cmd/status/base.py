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

"""The test case of the checks, with an installation that is complete."""

import contextlib
import io
import json
import os

from cinder.common import constants
import fixtures
from oslo_config import cfg
from oslo_utils import timeutils
import sqlalchemy as sa

from cinder_backup_meta.cmd import status
from cinder_backup_meta.cmd.status import command
from cinder_backup_meta.cmd.status import installation
from cinder_backup_meta.cmd.status import options
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests.unit import base as unit_base

CONF = cfg.CONF
TIMEOUT = 600
STANDARD = 'cinder.api.contrib.standard_extensions'
OURS = 'cinder_backup_meta.rest.extension.Backup_records'

SUCCESS, WARNING, FAILURE = range(3)


class StatusTestCase(unit_base.DatabaseTestCase):
    """Begins with an installation that nothing is wrong with."""

    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.addCleanup(session.forget)
        self.addCleanup(self._forget_command)
        # Whichever release is installed.
        self.useFixture(
            fixtures.MockPatchObject(installation, 'RESTORES_ZEROS', (1, 0))
        )
        self.settings = {
            'DEFAULT': {
                'state_path': self.folder,
                'transport_url': 'fake://',
                'backup_manager': 'cinder_backup_meta.manager.BackupManager',
                'backup_api_class': 'cinder_backup_meta.api.API',
                'osapi_volume_extension': [STANDARD, OURS],
                'backup_driver': 'cinder.backup.drivers.posix.'
                'PosixBackupDriver',
            },
            'database': {
                'connection': f'sqlite:///{unit_base._file("cinder")}',
            },
            'backup_meta_catalog': {
                'connection': f'sqlite:///{self.path("catalog.sqlite")}',
            },
            'backup_meta': {},
            'coordination': {},
            'oslo_middleware': {
                'max_request_body_size': options.BODY_SIZE,
            },
            'oslo_policy': {'policy_file': self.path('policy.yaml')},
        }
        self.add_service('one')
        self.sync()

    def _forget_command(self):
        CONF.clear()
        registered = CONF._opts.get('command')
        if registered:
            CONF.unregister_opt(registered['opt'])
        CONF.unregister_opt(command.ASK_HOSTS)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), 'w') as stream:
            stream.write(text)

    def write_config(self, name='cinder.conf'):
        """Write the settings; an option may have several values."""
        lines = []
        for section, settings in self.settings.items():
            lines.append(f'[{section}]')
            for option, values in settings.items():
                if not isinstance(values, list):
                    values = [values]
                lines += [f'{option} = {value}' for value in values]
        self.write(name, '\n'.join(lines) + '\n')
        return self.path(name)

    def sync(self):
        """Bring the tables of the plugin's own database up to date."""
        session.forget()
        CONF(['--config-file', self.write_config()], project='cinder')
        migration.upgrade()

    def add_service(self, name, **values):
        values = {
            'host': name,
            'binary': constants.BACKUP_BINARY,
            'topic': constants.BACKUP_TOPIC,
            'disabled': False,
            'deleted': False,
            'updated_at': timeutils.utcnow(),
            **values,
        }
        services = models.Backup.metadata.tables['services']
        with models.main_context_manager.writer.using(self.context) as session:
            session.execute(sa.insert(services).values(values))

    def run_main(self, *arguments):
        """Run the command; return its exit status and its two outputs."""
        self._forget_command()
        session.forget()
        output, error = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(output))
            stack.enter_context(contextlib.redirect_stderr(error))
            try:
                code = status.main(list(arguments))
            except SystemExit as end:
                code = end.code
        return code, output.getvalue(), error.getvalue()

    def check(self, *arguments):
        """Return the exit status and what was found, by the check's name."""
        code, output, error = self.run_main(
            '--config-file',
            self.write_config(),
            *arguments,
            'upgrade',
            'check',
            '--json',
        )
        self.assertEqual('', error)
        return code, {
            found['check']: (found['result'], found['details'])
            for found in json.loads(output)['checks']
        }

    def assert_found(self, expected, *arguments):
        """Check what is found, and that it is all; return the details.

        :param expected: the results by name, without those that are good
        """
        code, found = self.check(*arguments)
        results = {
            name: result
            for name, (result, _details) in found.items()
            if result
        }
        self.assertEqual(expected, results, found)
        self.assertEqual(max(results.values(), default=SUCCESS), code)
        return {name: details for name, (_result, details) in found.items()}
