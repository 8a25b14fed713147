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

"""One record at a time, through RabbitMQ and a server of databases."""

import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import programs
from cinder_backup_meta.tests import samples


class RecordsMixin:
    """A chain is backed up, forgotten, imported and restored."""

    def test_chain_comes_back(self):
        volume_id, full, increment = self.make_chain()
        exported = [self.export(full), self.export(increment)]
        self.forget(increment, full)
        for one in exported:
            self.import_(one)
        for backup_id in (full, increment):
            self.cloud.wait_for('backup', backup_id, 'available')
        restored = self.restore(increment)
        self.assertEqual(
            self.cloud.read_sha256(volume_id),
            self.cloud.read_sha256(restored),
        )


class TestPlugin(RecordsMixin, base.FullStackTestCase):
    settings = {'volumes': True}

    def test_the_host_answers(self):
        # The stock API cannot report it: it has answered before the host.
        before = self.tables()
        response = self.post_record(samples.encode(samples.record()))
        self.assert_refused(400, ['[data_missing]'], before, response)


class TestStock(RecordsMixin, base.FullStackTestCase):
    settings = {'volumes': True, 'stock': True}

    def test_the_plugin_is_not_there(self):
        found = self.cloud.request('GET', '/v3/extensions').json()
        names = {one['alias'] for one in found['extensions']}
        self.assertIn('backups', names)
        self.assertNotIn('backup-records', names)


class TestEventlet(RecordsMixin, base.FullStackTestCase):
    """As Cinder runs its services where nobody has chosen."""

    settings = {'volumes': True, 'eventlet': True}


class TestValues(base.FullStackTestCase):
    """What a record says passes through another database than SQLite."""

    def _import(self, **changes):
        string = samples.encode(samples.record(**changes))
        return string, self.import_with_options(string, verify='none')

    def test_come_back(self):
        string, response = self._import(
            display_name='n\xe4chtlich', metadata={'\u8a9e': '\u503c'}
        )
        self.assertEqual(201, response.status_code, response.text)
        _service, exported = self.export(samples.ID)
        names = (
            'id display_name metadata size object_count created_at '
            'data_timestamp service_metadata'
        )
        before, after = codec.decode(string), codec.decode(exported)
        for name in names.split():
            self.assertEqual(before[name], after[name], name)

    def _import_disk(self):
        """Import a record whose name is a character of four bytes."""
        return self._import(id=str(uuid.uuid4()), display_name='\U0001f4be')

    def test_text_that_the_tables_can_not_hold(self):
        # Cinder makes its tables for the characters that UTF-8 writes in
        # three bytes.
        self._want('mariadb', 'PostgreSQL takes all of UTF-8')
        before = self.tables()
        _string, response = self._import_disk()
        self.assert_refused(400, ['[database_refused]'], before, response)

    def test_text_that_the_tables_can_hold(self):
        self._want('postgresql', "in MariaDB Cinder's tables do not take it")
        string, response = self._import_disk()
        self.assertEqual(201, response.status_code, response.text)
        backup_id = codec.decode(string)['id']
        _service, exported = self.export(backup_id)
        self.assertEqual('\U0001f4be', codec.decode(exported)['display_name'])
        self.assert_soon(
            '\U0001f4be',
            lambda: {
                row['id']: row['name']
                for row in self.cloud.catalog.rows('backup_records')
            }.get(backup_id),
        )

    def _want(self, database, reason):
        if programs.wanted_database() != database:
            self.skipTest(reason)

    def test_ids_in_upper_case(self):
        # MariaDB finds them in its tables, PostgreSQL does not.
        backup_id = f'abcdef{str(uuid.uuid4())[6:]}'
        string = samples.encode(samples.record(id=backup_id))
        self.import_with_options(string, verify='none', retain=True)
        path = '/v3/backup-records'
        spelled = backup_id.upper()
        shown = self.cloud.request('GET', f'{path}/{spelled}').json()
        self.assertTrue(shown['backup_record']['retained'], shown)
        page = self.cloud.request('GET', f'{path}/export?id={spelled}').json()
        self.assertEqual([], page['omitted'])
        self.assertEqual(
            [backup_id], [item['id'] for item in page['backup_records']]
        )

    def _import_nul(self):
        """Import a record whose name has a NUL in it."""
        return self._import(id=str(uuid.uuid4()), display_name='a\0b')

    def test_nul_that_the_tables_can_not_hold(self):
        self._want('postgresql', 'MariaDB takes it')
        before = self.tables()
        _string, response = self._import_nul()
        self.assert_refused(400, ['[database_refused]'], before, response)

    def test_nul_that_the_tables_can_hold(self):
        self._want('mariadb', 'PostgreSQL does not take it')
        string, response = self._import_nul()
        self.assertEqual(201, response.status_code, response.text)
        _service, exported = self.export(codec.decode(string)['id'])
        self.assertEqual('a\0b', codec.decode(exported)['display_name'])

    def test_nul_in_what_is_asked_for(self):
        for field in ('name', 'project_id', 'volume_id', 'service', 'marker'):
            for path in ('', '/export'):
                response = self.cloud.request(
                    'GET', f'/v3/backup-records{path}?{field}=a%00b'
                )
                self.assertEqual(400, response.status_code, response.text)

    def _give(self, record, owner):
        """Import a record for another owner than it names."""
        return self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={
                'backup_records': {
                    'records': [samples.encode(record)],
                    'verify': 'none',
                    'owner': 'record',
                    'projects': {record['project_id']: owner},
                }
            },
        )

    def test_owners_that_no_database_can_hold(self):
        before = self.tables()
        record = samples.record()
        for owner in ('a\0b', 'a\ud800'):
            response = self._give(record, owner)
            self.assert_refused(400, [record['project_id']], before, response)

    def test_owner_that_is_too_long(self):
        before = self.tables()
        response = self._give(samples.record(id=str(uuid.uuid4())), 'a' * 256)
        self.assertEqual(200, response.status_code, response.text)
        [one] = response.json()['backup_records']
        self.assertEqual('database_refused', one['reason'])
        self.assertEqual(before, self.tables())
