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

"""The hosts of cinder-backup, and what they answer."""

import contextlib
import logging
import os
import sqlite3
import subprocess
import sys
from unittest import mock

from cinder.common import constants
from cinder import objects
from cinder.objects import base as objects_base
from cinder import rpc
import fixtures
from oslo_config import cfg
import oslo_messaging as messaging
from oslo_utils import timeutils
import sqlalchemy as sa

from cinder_backup_meta.cmd.status import hosts
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import manager
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit.cmd.status import base
from cinder_backup_meta.tests.unit import rows
from cinder_backup_meta.worker.endpoints import retention

CONF = cfg.CONF

MANAGER = 'cinder_backup_meta.manager'

SWIFT = 'cinder.backup.drivers.swift.SwiftBackupDriver'


class TestHosts(base.StatusTestCase):
    def test_files_where_there_are_several_hosts(self):
        self.add_service('two')
        details = self.assert_found(
            {
                'Catalog: one for all hosts': base.FAILURE,
                'Coordination': base.WARNING,
            }
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
            {'Catalog: tables': base.FAILURE, 'Catalog: apart': base.WARNING}
        )

    def test_hosts_that_do_not_count(self):
        self.add_service('off', disabled=True)
        self.add_service('gone', deleted=True)
        self.add_service('other', topic='cinder-volume')
        self.assert_found({})

    def _execute(self, sql):
        connection = sqlite3.connect(unit_base._file('cinder'))
        with contextlib.closing(connection), connection:
            connection.execute(sql)

    def test_no_host(self):
        self._execute('DELETE FROM services')
        self.assert_found({"Cinder's database": base.WARNING})

    def _assert_unusable(self):
        return self.assert_found(
            {
                "Cinder's database": base.FAILURE,
                'Catalog: one for all hosts': base.WARNING,
                'Coordination': base.WARNING,
                'Backup drivers': base.WARNING,
                'Backup hosts': base.WARNING,
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


class TestDrivers(base.StatusTestCase):
    """Backups of several drivers, each on hosts of its own."""

    def setUp(self):
        super().setUp()
        self.settings['coordination']['backend_url'] = 'etcd3://10.0.0.1:2379'
        self.add_service('two')

    def insert(self, *zones_and_drivers):
        for number, (zone, service) in enumerate(zones_and_drivers, 1):
            rows.insert(
                self.context,
                rows.backup(number, availability_zone=zone, service=service),
            )

    def found(self):
        return self.check()[1]['Backup drivers']

    def test_several_in_one_zone(self):
        self.insert(('nova', samples.POSIX), ('nova', SWIFT))
        status, details = self.found()
        self.assertEqual(base.WARNING, status)
        self.assertIn('backup_use_same_host = true', details)
        self.assertIn(SWIFT, details)

    def test_only_the_own_host_is_asked(self):
        self.insert(('nova', samples.POSIX), ('nova', SWIFT))
        self.settings['DEFAULT']['backup_use_same_host'] = True
        self.assertEqual(base.SUCCESS, self.found()[0])

    def test_zones_of_their_own(self):
        self.insert(('nova', samples.POSIX), ('other', SWIFT))
        self.assertEqual(base.SUCCESS, self.found()[0])

    def test_former_name_of_a_driver(self):
        self.insert(
            ('nova', samples.POSIX), ('nova', 'cinder.backup.drivers.posix')
        )
        self.assertEqual(base.SUCCESS, self.found()[0])


_IMPATIENT = """
import sys
from cinder_backup_meta import host_service
host_service.prepare_command()
from cinder_backup_meta.cmd import status
from cinder_backup_meta.cmd.status import hosts
hosts.TIMEOUT = 1
sys.exit(status.main())
"""


class TestAsking(base.StatusTestCase):
    """Real servers, in this process, on a queue that is in it too."""

    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MockPatchObject(hosts, 'TIMEOUT', 120))
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

    def _cinder(self, *loggers):
        """Return what every cinder-backup answers, whoever has its loggers.

        It stands in for Cinder's own method, which would have those of this
        process.
        """

        class Cinder:
            target = messaging.Target(version='2.4')

            def get_log_levels(self, context, log_request):
                return objects.LogLevelList(
                    context,
                    objects=[
                        objects.LogLevel(context, prefix=name, level='INFO')
                        for name in loggers
                        if name.startswith(log_request.prefix)
                    ],
                )

        return Cinder()

    def _plugin(self):
        return retention.RetentionEndpoint(
            mock.Mock(driver_name='driver', spec=['driver_name'])
        )

    def test_not_asked_for(self):
        details = self.assert_found({})
        self.assertIn('--ask-hosts', details['Backup hosts'])

    def test_host_with_the_plugin(self):
        self._serve('one', self._cinder(MANAGER), self._plugin())
        details = self.assert_found({}, '--ask-hosts')
        self.assertIsNone(details['Backup hosts'])

    def test_host_without_the_plugin(self):
        self.settings['coordination']['backend_url'] = 'etcd3://10.0.0.1:2379'
        self._serve('one', self._cinder(MANAGER), self._plugin())
        self.add_service('two')
        self._serve('two', self._cinder('cinder.backup.manager'))
        log = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        details = self.assert_found(
            {
                'Catalog: one for all hosts': base.FAILURE,
                'Backup hosts': base.FAILURE,
            },
            '--ask-hosts',
        )
        self.assertIn(
            'cinder-backup on two does not have the plugin',
            details['Backup hosts'],
        )
        # The log of the host that was asked.
        self.assertNotIn('Traceback', log.output)
        self.assertNotIn('UnsupportedVersion', log.output)

    def test_manager_has_the_logger_that_is_asked_for(self):
        self.assertEqual(MANAGER, manager.LOG.logger.name)
        self.assertEqual(MANAGER, hosts._LOGGER)

    def test_host_that_is_silent(self):
        self.useFixture(fixtures.MockPatchObject(hosts, 'TIMEOUT', 1))
        details = self.assert_found(
            {'Backup hosts': base.WARNING}, '--ask-hosts'
        )
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
            timeout=base.TIMEOUT,
        )
        self.assertEqual((base.WARNING, ''), (done.returncode, done.stderr))
        self.assertIn('on one does not answer', done.stdout)

    def test_host_that_is_down(self):
        services = models.Backup.metadata.tables['services']
        with models.main_context_manager.writer.using(self.context) as session:
            session.execute(
                sa.update(services).values(
                    updated_at=timeutils.utcnow().replace(year=2020)
                )
            )
        details = self.assert_found(
            {'Backup hosts': base.WARNING}, '--ask-hosts'
        )
        self.assertIn('No cinder-backup is', details['Backup hosts'])
