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

"""Many records at once, over REST."""

import threading
import time
import uuid

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples

SINCE = '2026-01-02T03:04:05Z'


class PagesTestCase(base.RecordsTestCase):
    settings = {
        'config': {
            'DEFAULT': {'quota_backups': -1, 'quota_backup_gigabytes': -1},
            # No data stands behind the records.
            'backup_meta': {'verify': 'none'},
        }
    }

    def export(self, token='admin:admin', status=200, **query):
        response = self.cloud.request(
            'GET',
            '/v3/backup-records/export?'
            + '&'.join(f'{key}={value}' for key, value in query.items()),
            token=token,
        )
        self.assertEqual(status, response.status_code, response.text)
        return response.json()

    def import_page(self, records, status=200, token='admin:admin', **options):
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={'backup_records': {'records': records, **options}},
            token=token,
        )
        self.assertEqual(status, response.status_code, response.text)
        return response.json()

    def chain(self, length, **changes):
        """Return the record strings of a chain, and their ids."""
        # Their times are the same: the order comes from the chain.
        ids = [str(uuid.uuid4()) for _ in range(length)]
        volume_id = str(uuid.uuid4())
        parents = [None, *ids]
        return ids, [
            samples.encode(
                samples.record(
                    **{
                        'id': backup_id,
                        'parent_id': parent_id,
                        'volume_id': volume_id,
                        'size': 1,
                        **changes,
                    }
                )
            )
            for backup_id, parent_id in zip(ids, parents, strict=False)
        ]

    def usage(self, project):
        return {
            row['resource']: row['in_use']
            for row in self.cloud.rows('quota_usages')
            if row['project_id'] == project
        }


class TestPages(PagesTestCase):
    def test_there_and_back(self):
        ids, records = self.chain(3)
        answer = self.import_page(records)
        self.assertEqual(
            [(0, ids[0], 'created'), (1, ids[1], 'created')],
            [
                (item['index'], item['id'], item['result'])
                for item in answer['backup_records'][:2]
            ],
        )
        self.assertEqual(3, answer['summary']['created'])
        self.assertEqual(3, answer['summary']['gigabytes'])
        self.assertEqual(1, answer['summary']['chains'])
        self.assertEqual(
            {'admin': {'backups': 3, 'gigabytes': 3}},
            answer['summary']['projects'],
        )
        exported = self.export(id=ids[2])
        self.assertEqual(
            ids, [item['id'] for item in exported['backup_records']]
        )
        self.assertEqual(
            [True, True, False],
            [item['ancestor'] for item in exported['backup_records']],
        )
        strings = [item['backup_url'] for item in exported['backup_records']]
        single = self.cloud.request(
            'GET', f'/v3/backups/{ids[2]}/export_record'
        ).json()['backup-record']
        self.assertEqual(single['backup_url'], strings[2])
        self.assertEqual(
            single['backup_service'],
            exported['backup_records'][2]['backup_service'],
        )
        again = self.import_page(strings)
        self.assertEqual(3, again['summary']['unchanged'])
        self.forget(*ids)
        again = self.import_page(strings[::-1])
        self.assertEqual(3, again['summary']['created'])

    def test_dry_run_changes_nothing(self):
        ids, records = self.chain(2)
        before = self.tables()
        answer = self.import_page(records, dry_run=True)
        self.assertIs(True, answer['dry_run'])
        self.assertEqual(2, answer['summary']['created'])
        self.assertEqual(before, self.tables())
        answer = self.import_page(records)
        self.assertIs(False, answer['dry_run'])
        self.assertEqual(2, answer['summary']['created'])

    def test_owners_are_kept_or_mapped(self):
        ids, records = self.chain(1, project_id='old', user_id='somebody')
        answer = self.import_page(
            records,
            owner='record',
            projects={'old': 'new'},
            users={'somebody': 'me'},
        )
        self.assertEqual(
            {'new': {'backups': 1, 'gigabytes': 1}},
            answer['summary']['projects'],
        )
        row = self.backup_row(ids[0])
        self.assertEqual(('new', 'me'), (row['project_id'], row['user_id']))
        self.assertEqual(
            {'backups': 1, 'backup_gigabytes': 1}, self.usage('new')
        )

    def test_paging_with_links(self):
        volume_id = str(uuid.uuid4())
        ids, records = self.chain(5, volume_id=volume_id)
        self.import_page(records)
        found, ancestors = [], set()
        answer = self.export(volume_id=volume_id, limit=2)
        while True:
            for item in answer['backup_records']:
                if item['id'] not in ancestors:
                    found.append(item['id'])
                if item['ancestor']:
                    ancestors.add(item['id'])
            if answer['next_marker'] is None:
                self.assertNotIn('backup-records_links', answer)
                break
            [link] = answer['backup-records_links']
            self.assertEqual('next', link['rel'])
            path = link['href'].removeprefix(self.cloud.endpoint)
            answer = self.cloud.request('GET', path).json()
        self.assertEqual(ids, found)

    def test_one_record_as_before(self):
        ids, [record] = self.chain(1)
        response = self.import_with_options(record)
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual(ids[0], response.json()['backup_record']['id'])


class TestMeanwhile(PagesTestCase):
    def _wait_for_reservations(self):
        """Wait until Cinder has discharged what it has deleted.

        It does so after the row of the backup is gone.
        """
        end = time.monotonic() + 60
        while any(
            not row['deleted'] for row in self.cloud.rows('reservations')
        ):
            self.assertLess(time.monotonic(), end, 'a reservation is left')
            time.sleep(0.1)

    def test_backups_are_made_and_deleted(self):
        """Cinder charges and discharges the project that imports, too."""
        volume_id = self.cloud.create_volume(data=b'data')
        kept = self.cloud.backup(volume_id)
        pages, ids = [], []
        for _number in range(12):
            page_ids, page = self.chain(40)
            ids += page_ids
            pages.append(page)
        created = []

        def import_all():
            for page in pages:
                answer = self.import_page(page)
                created.append(answer['summary']['created'])

        thread = threading.Thread(target=import_all)
        thread.start()
        made = []
        while thread.is_alive() or len(made) < 2:
            made.append(self.cloud.backup(volume_id, incremental=True))
            if len(made) % 2 == 0:
                self.delete(made[-1])
        thread.join()
        self.assertEqual([40] * len(pages), created)
        live = {
            row['id']: row
            for row in self.cloud.rows('backups')
            if not row['deleted']
        }
        self.assertEqual(
            {kept, *made[::2], *ids}, live.keys() & {kept, *made, *ids}
        )
        self._wait_for_reservations()
        mine = [row for row in live.values() if row['project_id'] == 'admin']
        self.assertEqual(
            {
                'backups': len(mine),
                'backup_gigabytes': sum(row['size'] for row in mine),
            },
            {
                name: number
                for name, number in self.usage('admin').items()
                if name.startswith('backup')
            },
        )
        for row in live.values():
            children = [
                one for one in live.values() if one['parent_id'] == row['id']
            ]
            self.assertEqual(
                len(children), row['num_dependent_backups'], row['id']
            )


class TestRefusals(PagesTestCase):
    def _message(self, answer):
        [error] = answer.values()
        return error['message']

    def test_body(self):
        _ids, records = self.chain(1)
        before = self.tables()
        cases = [
            ({'records': []}, 'records'),
            ({'records': records[0]}, 'records'),
            ({'records': records, 'owner': 'me'}, 'owner'),
            ({'records': records, 'more': 1}, 'more'),
            ({'records': records, 'projects': {'a': 'b'}}, 'owner'),
            (
                {'records': records, 'charged': {'a': {'backups': 1}}},
                'dry_run',
            ),
            ({'records': records * 1001}, 'osapi_max_limit'),
        ]
        for body, text in cases:
            answer = self.import_page(status=400, **body)
            self.assertIn(text, self._message(answer))
        self.assertEqual(before, self.tables())

    def test_query(self):
        cases = [
            ({'limit': 0}, 'limit'),
            ({'limit': 'x'}, 'limit'),
            ({'marker': 'x'}, '[invalid_marker]'),
            ({'marker': 'x\0'}, 'NUL'),
            ({'name': 'x\0'}, 'NUL'),
            ({'id': 'x'}, 'id'),
            ({'id': ','.join([str(uuid.uuid4())] * 101)}, '100'),
            ({'created_since': 'yesterday'}, 'created_since'),
            ({'created_since': '0999-01-01T00:00:00Z'}, 'created_since'),
            ({'ancestors': 'perhaps'}, 'ancestors'),
            ({'projekt_id': 'x'}, 'projekt_id'),
        ]
        for query, text in cases:
            answer = self.export(status=400, **query)
            self.assertIn(text, self._message(answer))

    def test_roles(self):
        ids, records = self.chain(1)
        for role in ('member', 'reader'):
            token = f'someone:admin:{role}'
            self.import_page(records, status=403, token=token)
            self.export(status=403, token=token)
            for path in ('', '/detail', '/status', f'/{ids[0]}'):
                response = self.cloud.request(
                    'GET', f'/v3/backup-records{path}', token=token
                )
                self.assertEqual(403, response.status_code, path)
            response = self.cloud.request(
                'POST',
                '/v3/backup-records/recover',
                json={'recover': {}},
                token=token,
            )
            self.assertEqual(403, response.status_code)

    def test_bad_record_among_good_ones(self):
        ids, records = self.chain(3)
        others, more = self.chain(1)
        records[1] = records[1][:-3]
        answer = self.import_page([*records, *more])
        self.assertEqual(
            [
                ('created', None),
                ('refused', 'record_not_base64'),
                ('refused', 'parent_missing'),
                ('created', None),
            ],
            [
                (item['result'], item['reason'])
                for item in answer['backup_records']
            ],
        )

    def test_host_with_another_driver(self):
        _ids, records = self.chain(
            1, service='cinder.backup.drivers.swift.SwiftBackupDriver'
        )
        _more, good = self.chain(1)
        answer = self.import_page([*records, *good])
        self.assertEqual(
            ['service_mismatch', None],
            [item['reason'] for item in answer['backup_records']],
        )


class TestKeysThatAreNoFields(PagesTestCase):
    """Refused by their names, or left out if the request says so."""

    def setUp(self):
        super().setUp()
        [self.backup_id], [self.string] = self.chain(
            1, disk_size=3444122, parent={'id': 'x'}, save=None
        )

    def _import_one(self, **options):
        return self.import_with_options(self.string, **options)

    def test_one(self):
        before = self.tables()
        texts = ['disk_size, parent, save: ', 'ignore_unknown']
        self.assert_refused(400, texts, before, self._import_one())
        self.assert_refused(400, texts, before, self.post_record(self.string))
        response = self._import_one(ignore_unknown=True)
        self.assertEqual(201, response.status_code, response.text)
        self.assertEqual(
            'available', self.backup_row(self.backup_id)['status']
        )

    def test_many(self):
        before = self.tables()
        [item] = self.import_page([self.string])['backup_records']
        self.assertEqual(
            ('refused', 'unknown_field'), (item['result'], item['reason'])
        )
        self.assertIn('disk_size, parent, save: ', item['detail'])
        self.assertEqual(before, self.tables())
        answer = self.import_page([self.string], ignore_unknown=True)
        self.assertEqual(1, answer['summary']['created'])

    def test_null_of_cinder_15(self):
        [backup_id], [string] = self.chain(1, parent=None)
        self.assertEqual(
            backup_id, self.assert_created(self.post_record(string))
        )
