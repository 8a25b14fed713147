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

"""Servers that accept connections and never answer."""

import socket
import threading

import sqlalchemy as sa

from cinder_backup_meta.catalog import queries
from cinder_backup_meta.catalog import status
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.catalog import timeouts
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database

TIMEOUT = 300


class TimeoutsTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())

    def requests(self):
        """Return whatever a thread that answers requests does with it."""
        selection = objects.BackupRecordSelection.with_defaults(self.context)
        ids = [samples.ID]
        return [
            lambda: retained.is_retained(self.context, samples.ID),
            lambda: retained.retain(self.context, samples.ID),
            lambda: retained.retain_many(self.context, ids),
            lambda: retained.release(self.context, samples.ID),
            lambda: retained.release_many(self.context, ids),
            lambda: queries.list_entries(
                self.context, selection, ['id:asc'], 10, None
            ),
            lambda: queries.next_page(self.context, selection, None, 10),
            lambda: queries.show(self.context, samples.ID),
            lambda: status.get(self.context),
        ]

    def assert_unavailable(self, function, text=''):
        error = self.assertRaises(exception.Refused, function)
        self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
        self.assertIn(text, str(error))


class TestSilentServer(TimeoutsTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(
            group='backup_meta_catalog', connect_timeout=1, statement_timeout=1
        )
        # The kernel accepts what connects, and nobody ever reads it.
        self.server = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(self.server.close)
        self.port = self.server.getsockname()[1]

    def test_every_request_ends(self):
        self.catalog.connect(f'mysql+pymysql://u:p@127.0.0.1:{self.port}/x')
        for number, request in enumerate(self.requests()):
            with self.subTest(request=number):
                self.assert_unavailable(request)

    def test_postgresql(self):
        self.catalog.connect(
            f'postgresql+psycopg2://u:p@127.0.0.1:{self.port}/x'
        )
        self.assert_unavailable(self.requests()[0])

    def test_driver_that_waits_for_ever(self):
        released = threading.Event()
        self.addCleanup(released.set)
        self.patch(timeouts, '_MARGIN', -1.9)
        hanging = session.bounded(lambda: released.wait(TIMEOUT))
        self.assert_unavailable(hanging, 'does not answer')

    def test_more_than_may_wait(self):
        self.patch(
            timeouts, '_slots', deadlines.Slots(lambda: 0, patience=0.01)
        )
        for number, request in enumerate(self.requests()):
            with self.subTest(request=number):
                self.assert_unavailable(request, 'too many requests')


class TestGivenUp(TimeoutsTestCase):
    def test_does_not_happen_later(self):
        for write in (
            lambda: retained.retain(self.context, samples.ID),
            lambda: retained.retain_many(self.context, [samples.ID]),
        ):
            with deadlines.within(0):
                self.assertRaises(deadlines.Expired, self._write, write)
        self.assertFalse(retained.is_retained(self.context, samples.ID))

    def _write(self, write):
        # Without the thread, which would not even begin.
        self.patch(timeouts, 'bounded', lambda function: function())
        try:
            write()
        except exception.Refused:
            raise deadlines.Expired from None


class TestParameters(TimeoutsTestCase):
    def _parameters(self, url):
        """Return what a driver would be called with."""
        found = []

        def connect(dialect, record, args, parameters):
            found.append(dict(parameters))
            raise Stopped

        self.catalog.connect(url)
        engine = session.get_engine()
        sa.event.listen(engine, 'do_connect', connect)
        self.assertRaises(Stopped, engine.connect)
        return found[0]

    def test_defaults(self):
        found = self._parameters('mysql+pymysql://u:p@localhost/x')
        self.assertEqual(5, found['connect_timeout'])
        self.assertEqual(20, found['read_timeout'])
        self.assertEqual(20, found['write_timeout'])
        found = self._parameters('postgresql+psycopg2://u:p@localhost/x')
        self.assertEqual(5, found['connect_timeout'])
        self.assertEqual(20000, found['tcp_user_timeout'])

    def test_parameters_of_the_operator_win(self):
        url = 'mysql+pymysql://u:p@localhost/x?read_timeout=7'
        found = self._parameters(url)
        self.assertEqual(7, found['read_timeout'])
        self.assertEqual(20, found['write_timeout'])
        self.config.config(
            group='backup_meta_catalog',
            connection_parameters='connect_timeout=9',
        )
        self.assertEqual(9, self._parameters(url)['connect_timeout'])

    def test_no_limit(self):
        self.config.config(group='backup_meta_catalog', statement_timeout=0)
        found = self._parameters('mysql+pymysql://u:p@localhost/x')
        self.assertNotIn('read_timeout', found)
        self.assertEqual(5, found['connect_timeout'])

    def test_other_drivers_get_none(self):
        self.assertEqual({}, timeouts._parameters('pysqlite', 1, 2))
        self.assertTrue(retained.retain(self.context, samples.ID))

    def test_limit_on_the_server(self):
        for version, expected in (
            ('5.5.5-10.11.6-MariaDB', 'SET SESSION max_statement_time = 20'),
            ('8.0.36', 'SET SESSION max_execution_time = 20000'),
        ):
            server = Server(version)
            self.assertEqual(expected, timeouts._limit('mysql', server, 20))
        self.assertEqual(
            "SET statement_timeout = '20s'",
            timeouts._limit('postgresql', None, 20),
        )


class Stopped(Exception):
    """Nothing is connected to."""


class Server:
    def __init__(self, version):
        self.version = version

    def get_server_info(self):
        return self.version
