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

"""The devstack plugin, sourced by bash as devstack does it.

The functions of devstack are stubs that write a real ``cinder.conf``. With a
checkout of devstack in ``DEVSTACK_DIR`` its own ones for that are used.
"""

import os
import pathlib
import shutil
import subprocess
import sys

import fixtures

from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit.devstack import ini_file

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLUGIN = ROOT / 'devstack' / 'plugin.sh'
STUBS = pathlib.Path(ini_file.__file__).parent
TIMEOUT = 300

STANDARD = 'cinder.api.contrib.standard_extensions'
OURS = 'cinder_backup_meta.rest.extension.Backup_records'
PHASES = ('pre-install', 'install', 'post-config', 'extra', 'test-config')

# Of what lib/cinder writes, what matters here.
CINDER_CONF = f"""\
[DEFAULT]
state_path = {{folder}}
osapi_volume_extension = {STANDARD}
backup_driver = cinder.backup.drivers.posix.PosixBackupDriver

[database]
connection = sqlite:///{{folder}}/cinder.sqlite

[coordination]
"""

# Stands for the plugin's two commands.
PROGRAM = """\
#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
exit ${STATUS:-0}
"""

# Each phase finds the functions and variables as the one before left them.
SCRIPT = """\
set -o errexit
. "$STUBS/functions.sh"
if [ -n "$DEVSTACK_DIR" ]; then . "$DEVSTACK_DIR/inc/ini-config"; fi
. "$PLUGIN/settings"
for call in "$@"; do
    . "$PLUGIN/plugin.sh" $call
done
"""


class DevstackTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        if not PLUGIN.exists():
            self.skipTest('not run from a source tree')
        if shutil.which('bash') is None:
            self.skipTest('bash is not installed')
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.programs = self.folder / 'bin'
        self.programs.mkdir()
        for command in ('manage', 'status'):
            path = self.programs / f'cinder-backup-meta-{command}'
            path.write_text(PROGRAM)
            path.chmod(0o755)
        self.conf = self.folder / 'cinder.conf'
        self.conf.write_text(CINDER_CONF.format(folder=self.folder))
        self.before = ini_file.options(self.conf)

    def run_bash(self, script, *arguments, **environ):
        environ = {
            'PATH': os.environ['PATH'],
            'HOME': str(self.folder),
            'DEVSTACK_DIR': os.environ.get('DEVSTACK_DIR', ''),
            'CALLS': str(self.folder / 'calls'),
            'PYTHON': sys.executable,
            'STUBS': str(STUBS),
            'PLUGIN': str(PLUGIN.parent),
            'DEST': '/opt/stack',
            'DATABASES': str(self.folder),
            'DATABASE_BACKENDS': ' mysql postgresql',
            'ENABLED_SERVICES': 'mysql,c-api,c-bak',
            'CINDER_CONF': str(self.conf),
            'TEMPEST_CONFIG': str(self.folder / 'tempest.conf'),
            'CINDER_BIN_DIR': str(self.programs),
            **environ,
        }
        return subprocess.run(
            ['bash', '-c', script, 'devstack', *arguments],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )

    def call(self, *calls, **environ):
        """Source the plugin for modes and phases, in one shell.

        :returns: what was called by it, except for what writes files
        """
        calls_file = self.folder / 'calls'
        calls_file.write_text('')
        done = self.run_bash(SCRIPT, *calls, **environ)
        self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)
        return calls_file.read_text().splitlines()

    def stack(self, **environ):
        return self.call(*(f'stack {phase}' for phase in PHASES), **environ)

    def added(self):
        """Return what the plugin has added to cinder.conf, in any order."""
        found = ini_file.options(self.conf)
        self.assertLessEqual(set(self.before), set(found))
        return {
            (section, option): [
                value
                for other, name, value in found
                if (other, name) == (section, option)
            ]
            for section, option, value in set(found) - set(self.before)
        }


class TestStack(DevstackTestCase):
    def _connection(self, name='cinder_backup_meta'):
        return [f'sqlite:///{self.folder}/{name}.sqlite?timeout=5&plugin=']

    def _expected(self):
        return {
            ('DEFAULT', 'backup_manager'): [
                'cinder_backup_meta.manager.BackupManager'
            ],
            ('DEFAULT', 'backup_api_class'): ['cinder_backup_meta.api.API'],
            ('DEFAULT', 'osapi_volume_extension'): [STANDARD, OURS],
            ('oslo_middleware', 'max_request_body_size'): ['4194304'],
            ('backup_meta_catalog', 'connection'): self._connection(),
        }

    def test_what_each_phase_does(self):
        config = f'--config-file {self.conf}'
        for phase, expected in (
            ('pre-install', []),
            ('install', ['setup_develop /opt/stack/cinder-backup-meta']),
            (
                'post-config',
                [
                    'recreate_database cinder_backup_meta',
                    f'cinder-backup-meta-manage {config} db sync',
                ],
            ),
            ('extra', [f'cinder-backup-meta-status {config} upgrade check']),
            ('test-config', []),
        ):
            text = self.conf.read_text()
            self.assertEqual(expected, self.call(f'stack {phase}'), phase)
            changed = text != self.conf.read_text()
            self.assertEqual(phase == 'post-config', changed, phase)

    def test_cinder_conf(self):
        self.stack()
        self.assertEqual(self._expected(), self.added())

    def test_twice_in_a_row(self):
        first = self.stack()
        text = self.conf.read_text()
        self.assertEqual(first, self.stack())
        self.assertEqual(text, self.conf.read_text())

    def test_cinder_conf_without_the_standard_extensions(self):
        self.conf.write_text('[DEFAULT]\n')
        self.before = []
        self.stack()
        self.assertEqual(self._expected(), self.added())

    def test_extension_of_another_plugin(self):
        ini_file.replace(
            self.conf,
            'DEFAULT',
            'osapi_volume_extension',
            [STANDARD, 'other.Extension'],
        )
        for _time in range(2):
            self.stack()
            self.assertEqual(
                [STANDARD, 'other.Extension', OURS],
                self.added()['DEFAULT', 'osapi_volume_extension'],
            )

    def test_settings_of_the_user(self):
        calls = self.stack(
            CINDER_BACKUP_META_DIR='/elsewhere',
            CINDER_BACKUP_META_DATABASE='records',
            CINDER_BACKUP_META_BODY_SIZE='8388608',
            CINDER_BACKUP_META_CHECK='False',
        )
        self.assertEqual(
            [
                'setup_develop /elsewhere',
                'recreate_database records',
                f'cinder-backup-meta-manage --config-file {self.conf} db sync',
            ],
            calls,
        )
        added = self.added()
        self.assertEqual(
            self._connection('records'),
            added['backup_meta_catalog', 'connection'],
        )
        self.assertEqual(
            ['8388608'], added['oslo_middleware', 'max_request_body_size']
        )

    def test_subnode_leaves_the_database_alone(self):
        calls = self.stack(ENABLED_SERVICES='c-bak')
        self.assertEqual(
            ['setup_develop', 'cinder-backup-meta-status'],
            [call.split()[0] for call in calls],
        )
        self.assertEqual(self._expected(), self.added())

    def test_without_services_of_cinder_that_need_it(self):
        self.assertEqual([], self.stack(ENABLED_SERVICES='mysql,c-vol,n-api'))
        self.assertEqual(self.before, ini_file.options(self.conf))

    def test_with_tempest(self):
        tempest_conf = self.folder / 'tempest.conf'
        for services, expected in (
            ('mysql,c-api,c-bak', []),
            ('c-vol,tempest', []),
            ('c-api,tempest', [('backup_meta', 'required', 'True')]),
        ):
            tempest_conf.write_text('')
            self.call('stack test-config', ENABLED_SERVICES=services)
            self.assertEqual(expected, ini_file.options(tempest_conf))

    def test_warnings_do_not_stop_it(self):
        self.assertEqual(1, len(self.call('stack extra', STATUS='1')))

    def test_what_is_missing_stops_it(self):
        for status in ('2', '255'):
            done = self.run_bash(SCRIPT, 'stack extra', STATUS=status)
            self.assertEqual(1, done.returncode)
            self.assertIn('is not installed completely', done.stderr)

    def test_a_command_that_fails_stops_it(self):
        done = self.run_bash(SCRIPT, 'stack post-config', STATUS='1')
        self.assertEqual(1, done.returncode)

    def test_trace_is_as_it_was(self):
        for option, expected in (('-x', 'on'), ('+x', 'off')):
            done = self.run_bash(
                f'set {option}\n{SCRIPT}\n'
                'case "$-" in *x*) echo on;; *) echo off;; esac',
                'stack install',
            )
            self.assertTrue(done.stdout.endswith(f'{expected}\n'))


class TestUnstackAndClean(DevstackTestCase):
    def test_unstack_changes_nothing(self):
        self.stack()
        text = self.conf.read_text()
        for _time in range(2):
            self.assertEqual([], self.call('unstack'))
            self.assertEqual(text, self.conf.read_text())

    def test_clean_leaves_what_was_before(self):
        self.stack()
        for _time in range(2):
            self.assertEqual([], self.call('unstack', 'clean'))
            self.assertEqual(
                sorted(self.before), sorted(ini_file.options(self.conf))
            )

    def test_clean_without_cinder_conf(self):
        self.conf.unlink()
        self.assertEqual([], self.call('unstack', 'clean'))
        self.assertFalse(self.conf.exists())

    def test_stack_after_clean(self):
        self.stack()
        text = self.conf.read_text()
        self.call('unstack', 'clean')
        self.stack()
        self.assertEqual(
            sorted(text.splitlines()),
            sorted(self.conf.read_text().splitlines()),
        )


class TestPrograms(DevstackTestCase):
    """With the plugin's own commands in the place of their stubs."""

    def test_stack(self):
        for command in ('manage', 'status'):
            path = self.programs / f'cinder-backup-meta-{command}'
            module = f'cinder_backup_meta.cmd.{command}'
            path.write_text(
                f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n'
            )
        shutil.copy(base._file('cinder'), self.folder / 'cinder.sqlite')
        done = self.run_bash(SCRIPT, *(f'stack {phase}' for phase in PHASES))
        self.assertEqual((0, ''), (done.returncode, done.stderr), done.stdout)
        self.assertIn(', up to date\n', done.stdout)
        # Nothing runs here.
        self.assertEqual(1, done.stdout.count('Result: Warning'), done.stdout)
        self.assertIn('has no cinder-backup that is enabled', done.stdout)
