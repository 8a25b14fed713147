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

"""Imports and recoveries during which something breaks.

Each breaks in the middle of a page: its transaction is held up at its last
row, which is let go when the thing is broken.
"""

from concurrent import futures
import signal
import threading
import time
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import consistency
from cinder_backup_meta.tests.fullstack import faults
from cinder_backup_meta.tests.fullstack import population
from cinder_backup_meta.tests import samples

#: For all of the tests: the catalog follows at once, and a host that is asked
#: second has the time for a page.
CONFIG = {
    **base.EAGER,
    'DEFAULT': {
        **base.EAGER['DEFAULT'],
        'quota_backups': -1,
        'quota_backup_gigabytes': -1,
    },
    'backup_meta': {'rpc_timeout': 30},
}


class FaultTestCase(base.FullStackTestCase):
    """Tests with the records of backups that Cinder has lost."""

    RECORDS = 3 * faults.PAGE

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rows = population.make(cls.RECORDS, 'backup-1')
        population.insert(cls.cloud, rows)
        cls.ids = [row['id'] for row in rows]
        pages = cls.cloud.rest().export_pages()
        cls.strings = [string for page in pages for string in page]

    def setUp(self):
        super().setUp()
        population.lose(self.cloud)
        self.importer = faults.Importer(self.cloud, self.strings)

    def _id(self, number):
        return codec.decode(self.strings[number])['id']

    def _break(self, what):
        """Break something while the first page is at its last row."""
        with faults.held_up(self.cloud, self._id(faults.PAGE - 1)):
            call = self.importer.call()
            host = faults.held_up_host(self.cloud)
            what(host)
        return call

    def _finish(self):
        self.importer.go_on()
        self.check(self.ids)

    def check(self, ids):
        consistency.check(self.cloud, ids)


class TestHosts(FaultTestCase):
    """Processes of Cinder's that die."""

    settings = {'config': CONFIG, 'backup_hosts': ('backup-1', 'backup-2')}

    def test_host_killed(self):
        # The other one carries the page out, with no help from the client.
        killed = []

        def kill(host):
            self.cloud.kill(host)
            killed.append(host)

        response = self._break(kill).answer()
        # Else each page may ask in vain first.
        self.cloud.start(*killed)
        self.assertEqual(200, response.status_code, response.text)
        self.assertEqual(
            faults.PAGE, response.json()['summary']['created'], response.text
        )
        self._finish()

    def test_all_hosts_killed(self):
        call = self._break(
            lambda host: self.cloud.kill('backup-1', 'backup-2')
        )
        self.assertEqual(503, call.answer().status_code)
        self.assertEqual([], self.cloud.rows('backups'))
        self.assertEqual([], self.cloud.rows('quota_usages'))
        self.cloud.start('backup-1', 'backup-2')
        self._finish()
        self.assertEqual(self.RECORDS, self.importer.created)

    def test_api_killed(self):
        call = self._break(lambda host: self.cloud.kill('api'))
        self.assertIsNone(call.answer())
        # The host does not know that nobody listens any more.
        faults.wait_until(lambda: self.cloud.rows('backups'))
        self.cloud.start('api')
        self._finish()
        self.assertEqual(self.RECORDS - faults.PAGE, self.importer.created)

    def test_host_killed_during_recover(self):
        self.importer.go_on()
        self.check(self.ids)
        population.lose(self.cloud)
        with faults.held_up(self.cloud, self._last_of_first_page()):
            call = self._recover()
            host = faults.held_up_host(self.cloud)
            self.cloud.kill(host)
        self.assertEqual(200, call.answer().status_code)
        self.cloud.start(host)
        marker, created = self._next(call)
        while marker:
            call = self._recover(marker=marker)
            marker, more = self._next(call)
            created += more
        self.assertEqual(self.RECORDS, created)
        self.check(self.ids)

    def _last_of_first_page(self):
        [row] = self.cloud.catalog.select(
            "SELECT id FROM backup_records WHERE state <> 'deleted' "
            f'ORDER BY created_at, id LIMIT 1 OFFSET {faults.PAGE - 1}'
        )
        return row['id']

    def _recover(self, **values):
        body = {'limit': faults.PAGE, 'verify': 'none', **values}
        return faults.Call(
            self.cloud, '/v3/backup-records/recover', {'recover': body}
        )

    def _next(self, call):
        response = call.answer()
        self.assertEqual(200, response.status_code, response.text)
        answer = response.json()
        self.assertEqual(0, answer['summary']['refused'], response.text)
        return answer['next_marker'], answer['summary']['created']


class TestServers(FaultTestCase):
    """Servers that are gone and come back."""

    settings = {'config': CONFIG}

    def test_broker_restarted(self):
        def restart(host):
            self.cloud.servers.broker.stop()
            self.cloud.servers.broker.start()

        self._break(restart).answer()
        self._finish()

    def test_broker_killed_while_pages_go_through(self):
        thread = threading.Thread(target=self.importer.go_on)
        thread.start()
        faults.wait_until(lambda: self.cloud.rows('backups'))
        self.cloud.servers.broker.stop(signal.SIGKILL)
        self.cloud.servers.broker.start()
        thread.join()
        self._finish()

    def test_database_killed(self):
        server = self.cloud.servers.database
        call = self._break(lambda host: server.stop(signal.SIGKILL))
        # What Cinder makes of it where the API itself needs the database.
        self.assertIn(call.answer().status_code, (500, 503))
        server.start()
        self.assertEqual([], self.cloud.rows('backups'))
        self._finish()
        self.assertEqual(self.RECORDS, self.importer.created)


class TestSilentBroker(FaultTestCase):
    """The message broker accepts what is sent to it, and does nothing."""

    settings = {'config': CONFIG}
    RECORDS = 1

    def _import(self):
        record = {'backup_url': self.strings[0], 'verify': 'none'}
        return faults.Call(
            self.cloud,
            '/v3/backup-records/import',
            {'backup_record': record},
        )

    def test_does_not_happen_later(self):
        # A connection that is in use, as in a service that has run a while.
        self.assertEqual(201, self._import().answer().status_code)
        population.lose(self.cloud)
        with faults.stopped(self.cloud.servers.broker):
            answer = self._import().answer()
            self.assertEqual(503, answer.status_code, answer.text)
            self.assertIn('message broker', answer.text)
        # The next one is answered by a host that has received both.
        self.importer.go_on()
        self.assertEqual(1, self.importer.created)
        self.check(self.ids)


class CatalogServerTestCase(FaultTestCase):
    """The catalog has a database server of its own."""

    #: The configuration of the services
    config = CONFIG

    @classmethod
    def make_cloud(cls):
        cls.settings = {'config': cls.config}
        if not base.MISSING:
            cls.catalog_server = base.servers.new_database()
            cls.catalog_server.setUp()
            cls.addClassCleanup(cls.catalog_server.cleanUp)
            cls.settings['catalog_server'] = cls.catalog_server
        return super().make_cloud()


class TestSilentCatalog(CatalogServerTestCase):
    """The catalog's server accepts connections and does not answer."""

    RECORDS = 1
    config = {
        **CONFIG,
        'backup_meta_catalog': {
            **CONFIG['backup_meta_catalog'],
            'connect_timeout': 2,
            'statement_timeout': 3,
        },
    }

    def _status(self):
        return self.cloud.request('GET', '/v3/backup-records/status')

    def test_requests_end_and_imports_go_on(self):
        self.assertEqual(200, self._status().status_code)
        with faults.stopped(self.catalog_server):
            with futures.ThreadPoolExecutor(70) as pool:
                found = [pool.submit(self._status) for _ in range(70)]
                # Neither a thread nor a connection is missing for this.
                self.importer.go_on()
                statuses = {one.result().status_code for one in found}
            self.assertEqual({503}, statuses)
            self.assertEqual(1, self.importer.created)
            path = f'/v3/backups/{self.ids[0]}'
            self.cloud.request('DELETE', path)
            faults.wait_until(lambda: self._row()['status'] != 'deleting')
            # Nobody knows whether it is retained.
            self.assertEqual('error_deleting', self._row()['status'])
            self.assertIn('retained', self._row()['fail_reason'])
        faults.wait_until(lambda: self._status().status_code == 200)

    def _row(self):
        [row] = self.cloud.rows('backups')
        return row


class TestCatalogServer(CatalogServerTestCase):
    """The database of the catalog is gone, and Cinder's is there."""

    def _time_import(self):
        start = time.monotonic()
        self.importer.go_on()
        return time.monotonic() - start

    def test_gone_and_back(self):
        usual = self._time_import()
        self.assertEqual(self.RECORDS, self.importer.created)
        population.lose(self.cloud)
        self.catalog_server.stop(signal.SIGKILL)
        self.importer.created = 0
        without = self._time_import()
        self.assertEqual(self.RECORDS, self.importer.created)
        # No waiting for what is not there.
        self.assertLess(without, 2 * usual + 5)
        response = self.cloud.request('GET', '/v3/backup-records/status')
        self.assertEqual(503, response.status_code, response.text)
        self.catalog_server.start()
        self.check(self.ids)

    def test_gone_in_the_middle_of_a_page(self):
        call = self._break(
            lambda host: self.catalog_server.stop(signal.SIGKILL)
        )
        self.assertEqual(200, call.answer().status_code)
        self.catalog_server.start()
        self._finish()


class TestAtOnce(FaultTestCase):
    """Several clients with the same records."""

    settings = {'config': CONFIG, 'backup_hosts': ('backup-1', 'backup-2')}

    def test_two_imports_of_one_bundle(self):
        importers = [
            faults.Importer(self.cloud, self.strings) for _ in range(2)
        ]
        threads = [threading.Thread(target=one.go_on) for one in importers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.check(self.ids)
        # Each record was made by one of them, and both know it.
        self.assertEqual(self.RECORDS, sum(one.created for one in importers))

    def test_six_imports_of_one_record(self):
        backup_id = str(uuid.uuid4())
        string = samples.encode(samples.record(id=backup_id))
        calls = [
            faults.Call(
                self.cloud,
                '/v3/backup-records/import',
                {
                    'backup_record': {
                        'backup_url': string,
                        'verify': 'none',
                    }
                },
            )
            for _ in range(6)
        ]
        statuses = sorted(call.answer().status_code for call in calls)
        self.assertEqual([201] + [400] * 5, statuses)
        self.check([backup_id])

    def test_six_pages_of_one_record(self):
        importer = faults.Importer(self.cloud, self.strings[:1])
        calls = [importer.call() for _ in range(6)]
        answers = [call.answer() for call in calls]
        self.assertEqual([200] * 6, [one.status_code for one in answers])
        found = sorted(
            answer.json()['backup_records'][0]['result'] for answer in answers
        )
        self.assertEqual(['created'] + ['unchanged'] * 5, found)
        self.check([self._id(0)])
