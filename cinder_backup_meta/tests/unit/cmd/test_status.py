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

"""Each state that an installation can be left in by half."""

import contextlib
import importlib.metadata
import io
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
from unittest import mock

from cinder.common import constants
from cinder.objects import base as objects_base
from cinder import rpc
import fixtures
from oslo_config import cfg
import oslo_messaging as messaging
from oslo_utils import timeutils
from packaging import requirements
import sqlalchemy as sa

from cinder_backup_meta.cmd import status
from cinder_backup_meta.cmd.status import command
from cinder_backup_meta.cmd.status import hosts
from cinder_backup_meta.cmd.status import installation
from cinder_backup_meta.cmd.status import options
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import manager
from cinder_backup_meta.rest import extension
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.worker.endpoints import retention

CONF = cfg.CONF
TIMEOUT = 120
ROOT = pathlib.Path(__file__).resolve().parents[4]
THIS = 'cinder_backup_meta.tests.unit.cmd.test_status'
STANDARD = 'cinder.api.contrib.standard_extensions'
OURS = 'cinder_backup_meta.rest.extension.Backup_records'

SUCCESS, WARNING, FAILURE = range(3)


class OwnManager(manager.BackupManager):
    """What somebody else has made from the plugin's."""


class StatusTestCase(base.DatabaseTestCase):
    """Begins with an installation that nothing is wrong with."""

    def setUp(self):
        super().setUp()
        self.folder = self.useFixture(fixtures.TempDir()).path
        self.addCleanup(session.forget)
        self.addCleanup(self._forget_command)
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
                'connection': f'sqlite:///{base._file("cinder")}',
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
        for section, options in self.settings.items():
            lines.append(f'[{section}]')
            for option, values in options.items():
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


class TestCommand(StatusTestCase):
    def test_nothing_to_mend(self):
        details = self.assert_found({})
        self.assertEqual(len(command.Checks._upgrade_checks), len(details))

    def test_stock_cinder(self):
        for option in (
            'backup_manager',
            'backup_api_class',
            'osapi_volume_extension',
        ):
            del self.settings['DEFAULT'][option]
        self.assert_found(
            {
                'Backup manager': FAILURE,
                'Backup API class': FAILURE,
                'API extensions': FAILURE,
            }
        )

    def test_what_is_to_be_copied_stays_whole(self):
        os.remove(self.path('catalog.sqlite'))
        self.settings['DEFAULT']['osapi_volume_extension'] = STANDARD
        code, output, _error = self.run_main(
            '--config-file', self.write_config(), 'upgrade', 'check'
        )
        self.assertEqual(FAILURE, code)
        self.assertIn('cinder-backup-meta-manage ', output)
        self.assertIn(OURS, output)

    def test_folder_of_configuration(self):
        os.mkdir(self.path('conf.d'))
        self.write_config('conf.d/cinder.conf')
        code, output, error = self.run_main(
            '--config-dir', self.path('conf.d'), 'upgrade', 'check'
        )
        self.assertEqual((SUCCESS, ''), (code, error), output)

    def test_usual_place_of_the_configuration(self):
        os.mkdir(self.path('.cinder'))
        self.settings['oslo_middleware'] = {}
        self.write_config('.cinder/cinder.conf')
        done = subprocess.run(
            [sys.executable, '-m', status.__name__, 'upgrade', 'check'],
            env={**os.environ, 'HOME': self.folder},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        self.assertEqual('', done.stderr)
        self.assertEqual(WARNING, done.returncode, done.stdout)
        self.assertEqual(1, done.stdout.count('Result: Warning'))

    def test_configuration_that_can_not_be_read(self):
        self.write('bad.conf', 'no section\n')
        for arguments in (
            ('--config-file', self.path('nothing.conf')),
            ('--config-file', self.path('bad.conf')),
            ('--config-dir', self.path('nothing')),
        ):
            code, output, error = self.run_main(*arguments, 'upgrade', 'check')
            self.assertEqual((status.UNEXPECTED, ''), (code, output))
            self.assertEqual(1, error.count('\n'), error)
            self.assertIn('cinder-backup-meta-status: error: ', error)
            self.assertIn(os.path.basename(arguments[1]), error)

    def test_arguments_that_are_not_understood(self):
        for arguments in ((), ('nothing',), ('upgrade',)):
            code, _output, error = self.run_main(*arguments)
            self.assertEqual(2, code)
            self.assertIn('error: ', error)

    def test_a_bug_is_no_warning(self):
        with mock.patch.object(
            command, 'run', autospec=True, side_effect=KeyError('bug')
        ):
            code, _output, error = self.run_main('upgrade', 'check')
        self.assertEqual(status.UNEXPECTED, code)
        self.assertIn("KeyError: 'bug'", error)

    def test_without_cinder(self):
        missing = fixtures.MockPatch(
            'importlib.util.find_spec', return_value=None
        )
        with missing:
            code, _output, error = self.run_main('upgrade', 'check')
        self.assertEqual(status.UNEXPECTED, code)
        self.assertIn("'cinder-backup-meta[cinder]'", error)


class TestOptions(StatusTestCase):
    def test_extension_without_manager(self):
        del self.settings['DEFAULT']['backup_manager']
        details = self.assert_found({'Backup manager': FAILURE})
        self.assertIn(
            'set backup_manager = cinder_backup_meta.manager.BackupManager in '
            '[DEFAULT] and restart cinder-backup.',
            details['Backup manager'],
        )

    def test_extension_without_api_class(self):
        del self.settings['DEFAULT']['backup_api_class']
        details = self.assert_found({'Backup API class': FAILURE})
        self.assertIn(
            'set backup_api_class = cinder_backup_meta.api.API in [DEFAULT] '
            'and restart cinder-api.',
            details['Backup API class'],
        )

    def test_manager_made_from_ours(self):
        self.settings['DEFAULT']['backup_manager'] = f'{THIS}.OwnManager'
        self.assert_found({})

    def test_class_that_can_not_be_loaded(self):
        for option, name in (
            ('backup_manager', 'Backup manager'),
            ('backup_api_class', 'Backup API class'),
        ):
            right = self.settings['DEFAULT'][option]
            self.settings['DEFAULT'][option] = f'{right}s'
            details = self.assert_found({name: FAILURE})
            self.assertIn(f'{right}s, which cannot be', details[name])
            self.settings['DEFAULT'][option] = right

    def _set_extensions(self, *values, **more):
        self.settings['DEFAULT']['osapi_volume_extension'] = list(values)
        self.settings['DEFAULT'].update(more)

    def _assert_extensions(self, text):
        details = self.assert_found({'API extensions': FAILURE})
        self.assertIn(text, details['API extensions'])

    def test_standard_extensions_lost(self):
        self._set_extensions(OURS)
        self._assert_extensions("Cinder's own extensions are not loaded")

    def test_own_extension_not_named(self):
        self._set_extensions(STANDARD)
        self._assert_extensions('does not name the plugin')

    def test_some_of_the_standard_extensions(self):
        self._set_extensions(
            'cinder.api.contrib.select_extensions',
            OURS,
            osapi_volume_ext_list='Volume_actions',
        )
        self.assert_found({})

    def test_extension_that_can_not_be_imported(self):
        with mock.patch.dict(sys.modules, {extension.__name__: None}):
            self._assert_extensions(extension.__name__)

    def test_extension_without_docstring(self):
        with mock.patch.object(extension.Backup_records, '__doc__', None):
            self._assert_extensions('(Cinder ignores it)')


class TestParts(StatusTestCase):
    def test_cinder_too_old(self):
        self.useFixture(
            fixtures.MockPatchObject(installation, 'OLDEST', (99, 7))
        )
        details = self.assert_found({'Release of Cinder': FAILURE})
        self.assertIn('99.7 or newer', details['Release of Cinder'])

    def test_cinder_too_new(self):
        self.useFixture(fixtures.MockPatchObject(installation, 'NEWEST', 1))
        self.assert_found({'Release of Cinder': WARNING})

    def test_oldest_cinder_is_that_of_the_requirements(self):
        [wanted] = {
            str(one.specifier)
            for one in map(
                requirements.Requirement,
                importlib.metadata.requires('cinder-backup-meta'),
            )
            if one.name == 'cinder'
        }
        oldest = '.'.join(map(str, installation.OLDEST))
        self.assertEqual(f'>={oldest}', wanted)

    def test_newest_cinder_is_that_of_the_constraints(self):
        folder = ROOT / 'constraints'
        if not folder.is_dir():
            self.skipTest('not run from a source tree')
        releases = {
            int(re.fullmatch(r'cinder-(\d+)\.txt', path.name)[1])
            for path in folder.iterdir()
        }
        self.assertEqual(installation.NEWEST, max(releases))

    def test_endpoint_that_can_not_be_loaded(self):
        name = 'cinder_backup_meta.worker.endpoints.records'
        with mock.patch.dict(sys.modules, {name: None}):
            details = self.assert_found({'RPC endpoints': FAILURE})
        self.assertIn(f'{name}:RecordsEndpoint: ', details['RPC endpoints'])

    def test_no_entry_points(self):
        self.useFixture(
            fixtures.MockPatchObject(
                installation.endpoints, 'ENTRY_POINTS', 'none.of.ours'
            )
        )
        details = self.assert_found({'RPC endpoints': FAILURE})
        self.assertIn('not installed as a package', details['RPC endpoints'])

    def test_driver_of_somebody_else(self):
        self.settings['DEFAULT']['backup_driver'] = 'vendor.Driver'
        details = self.assert_found({'Backup driver': FAILURE})
        self.assertIn(
            'backup_driver is vendor.Driver', details['Backup driver']
        )
        self.settings['backup_meta']['allowed_drivers'] = 'a.B,vendor.Driver'
        self.assert_found({})

    def test_repository_that_can_not_be_loaded(self):
        name = 'cinder_backup_meta.repositories.posix'
        with mock.patch.dict(sys.modules, {name: None}):
            details = self.assert_found({'Backup driver': FAILURE})
        self.assertIn(f'{name}:PosixRepository: ', details['Backup driver'])


class TestCatalog(StatusTestCase):
    def _execute(self, sql):
        connection = sqlite3.connect(self.path('catalog.sqlite'))
        with contextlib.closing(connection), connection:
            connection.execute(sql)

    def test_no_tables(self):
        os.remove(self.path('catalog.sqlite'))
        details = self.assert_found({'Catalog: tables': FAILURE})
        self.assertIn(
            'run cinder-backup-meta-manage db sync', details['Catalog: tables']
        )
        self.assertFalse(os.path.exists(self.path('catalog.sqlite')))

    def test_tables_of_another_release(self):
        self._execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = 'other'"
        )
        details = self.assert_found({'Catalog: tables': FAILURE})
        self.assertIn('have version other', details['Catalog: tables'])
        self.assertIn(migration.head(), details['Catalog: tables'])

    def test_file_that_is_no_database(self):
        session.forget()
        self.write('catalog.sqlite', 'this is no database' * 100)
        self.assert_found(
            {'Catalog: tables': FAILURE, 'Catalog: apart': WARNING}
        )

    def test_server_that_does_not_answer(self):
        self.settings['backup_meta_catalog']['connection'] = (
            'mysql+pymysql://user:secret@127.0.0.1:1/x'
        )
        details = self.assert_found(
            {'Catalog: tables': FAILURE, 'Catalog: apart': WARNING}
        )
        self.assertIn('[backup_meta_catalog]', details['Catalog: tables'])
        self.assertNotIn('secret', str(details))

    def test_url_that_is_none(self):
        self.settings['backup_meta_catalog']['connection'] = 'secret'
        details = self.assert_found(
            {
                'Catalog: tables': FAILURE,
                'Catalog: apart': WARNING,
                'Catalog: one for all hosts': WARNING,
            }
        )
        self.assertIn('[backup_meta_catalog]', details['Catalog: tables'])

    def test_database_of_cinder(self):
        self.settings['backup_meta_catalog'] = self.settings['database']
        self.sync()
        self.assert_found({'Catalog: apart': WARNING})


class TestHosts(StatusTestCase):
    def test_files_where_there_are_several_hosts(self):
        self.add_service('two')
        details = self.assert_found(
            {'Catalog: one for all hosts': FAILURE, 'Coordination': WARNING}
        )
        for text in (
            details['Catalog: one for all hosts'],
            details['Coordination'],
        ):
            self.assertIn('cinder-backup runs on one, two: ', text)

    def test_servers_where_there_are_several_hosts(self):
        self.add_service('two')
        self.settings['coordination']['backend_url'] = 'etcd3://10.0.0.1:2379'
        self.settings['backup_meta_catalog']['connection'] = (
            'postgresql+psycopg2://user@127.0.0.1:1/x'
        )
        self.assert_found(
            {'Catalog: tables': FAILURE, 'Catalog: apart': WARNING}
        )

    def test_hosts_that_do_not_count(self):
        self.add_service('off', disabled=True)
        self.add_service('gone', deleted=True)
        self.add_service('other', topic='cinder-volume')
        self.assert_found({})

    def _execute(self, sql):
        connection = sqlite3.connect(base._file('cinder'))
        with contextlib.closing(connection), connection:
            connection.execute(sql)

    def test_no_host(self):
        self._execute('DELETE FROM services')
        self.assert_found({"Cinder's database": WARNING})

    def _assert_unusable(self):
        return self.assert_found(
            {
                "Cinder's database": FAILURE,
                'Catalog: one for all hosts': WARNING,
                'Coordination': WARNING,
                'Backup hosts': WARNING,
            },
            '--ask-hosts',
        )["Cinder's database"]

    def test_no_database(self):
        self.settings['database']['connection'] = (
            f'sqlite:///{self.path("none")}'
        )
        self.assertIn('check [database] connection', self._assert_unusable())
        self.assertFalse(os.path.exists(self.path('none')))

    def test_database_without_tables(self):
        self._execute('DROP TABLE services')
        self.assertIn('no such table', self._assert_unusable())


_IMPATIENT = """
import sys
from cinder_backup_meta import host_service
host_service.prepare_command()
from cinder_backup_meta.cmd import status
from cinder_backup_meta.cmd.status import hosts
hosts.TIMEOUT = 1
sys.exit(status.main())
"""


class TestAsking(StatusTestCase):
    """Real servers, in this process, on a queue that is in it too."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(hosts, 'TIMEOUT', 1))
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        if rpc.TRANSPORT:
            rpc.cleanup()

    def _serve(self, name, *endpoints):
        transport = messaging.get_rpc_transport(CONF)
        server = messaging.get_rpc_server(
            transport,
            messaging.Target(topic=constants.BACKUP_TOPIC, server=name),
            endpoints,
            executor='threading',
            serializer=rpc.RequestContextSerializer(
                objects_base.CinderObjectSerializer()
            ),
        )
        server.start()
        self.addCleanup(transport.cleanup)
        self.addCleanup(server.wait)
        self.addCleanup(server.stop)

    def _plugin(self):
        return retention.RetentionEndpoint(
            mock.Mock(driver_name='driver', spec=['driver_name'])
        )

    def test_not_asked_for(self):
        details = self.assert_found({})
        self.assertIn('--ask-hosts', details['Backup hosts'])

    def test_host_with_the_plugin(self):
        self._serve('one', self._plugin())
        details = self.assert_found({}, '--ask-hosts')
        self.assertIsNone(details['Backup hosts'])

    def test_host_without_the_plugin(self):
        self.settings['coordination']['backend_url'] = 'etcd3://10.0.0.1:2379'
        self._serve('one', self._plugin())
        self.add_service('two')
        self._serve('two', mock.Mock(spec=['create_backup']))
        details = self.assert_found(
            {'Catalog: one for all hosts': FAILURE, 'Backup hosts': FAILURE},
            '--ask-hosts',
        )
        self.assertIn(
            'cinder-backup on two does not have the plugin',
            details['Backup hosts'],
        )

    def test_host_that_is_silent(self):
        details = self.assert_found({'Backup hosts': WARNING}, '--ask-hosts')
        self.assertIn('on one does not answer', details['Backup hosts'])

    def test_message_queue_that_is_not_there(self):
        # In a process, whose end nothing may hold up.
        self.settings['DEFAULT']['transport_url'] = 'rabbit://127.0.0.1:1/'
        done = subprocess.run(
            [
                sys.executable,
                '-c',
                _IMPATIENT,
                '--config-file',
                self.write_config(),
                '--ask-hosts',
                'upgrade',
                'check',
                '--json',
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        self.assertEqual((WARNING, ''), (done.returncode, done.stderr))
        self.assertIn('on one does not answer', done.stdout)

    def test_host_that_is_down(self):
        services = models.Backup.metadata.tables['services']
        with models.main_context_manager.writer.using(self.context) as session:
            session.execute(
                sa.update(services).values(
                    updated_at=timeutils.utcnow().replace(year=2020)
                )
            )
        details = self.assert_found({'Backup hosts': WARNING}, '--ask-hosts')
        self.assertIn('No cinder-backup is', details['Backup hosts'])


class TestRequests(StatusTestCase):
    def _assert_policy(self, text, result, *told):
        self.write('policy.yaml', text)
        details = self.assert_found({'Policy file': result} if result else {})
        for one in told:
            self.assertIn(one, details['Policy file'])

    def test_rules_of_ours(self):
        self._assert_policy(
            '"backup-records:export": "role:exporter"\n'
            '"volume:create": "rule:admin_api"\n',
            SUCCESS,
        )

    def test_rule_that_nobody_asks(self):
        self._assert_policy(
            '"backup-records:exports": "role:exporter"\n',
            WARNING,
            'backup-records:exports',
        )

    def test_rule_that_names_one_that_is_not_there(self):
        self._assert_policy(
            '"backup-records:export": "rule:exporters"\n',
            FAILURE,
            'backup-records:export',
        )

    def test_file_that_is_no_yaml(self):
        self._assert_policy('"backup-records:export: [', FAILURE, 'correct it')

    def test_size_of_requests(self):
        limits = self.settings['oslo_middleware']
        limits['max_request_body_size'] -= 1
        self.assert_found({'Size of requests': WARNING})
        limits.clear()
        details = self.assert_found({'Size of requests': WARNING})
        self.assertIn(
            f'set it to {options.BODY_SIZE}',
            details['Size of requests'],
        )
