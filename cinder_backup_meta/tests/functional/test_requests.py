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

"""The forms of requests, whatever they are for."""

import itertools
import uuid

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples

#: The method of each URL below the collection.
METHODS = {
    '': 'GET',
    '/detail': 'GET',
    '/status': 'GET',
    '/export': 'GET',
    '/import': 'POST',
    '/recover': 'POST',
    f'/{samples.ID}': 'GET',
    f'/{samples.ID}/action': 'POST',
}

BODIES = {
    '/import': {'backup_records': {'records': ['x']}},
    '/recover': {'recover': {'dry_run': True}},
    f'/{samples.ID}/action': {'release': None},
}


class TestRequests(base.RecordsTestCase):
    settings = {'config': {'backup_meta': {'verify': 'none'}}}

    def send(self, method, path, **arguments):
        return self.cloud.request(
            method, f'/v3/backup-records{path}', **arguments
        )

    def test_methods_that_a_url_does_not_have(self):
        before = self.tables()
        for (path, allowed), method in itertools.product(
            METHODS.items(), ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')
        ):
            if method == allowed:
                continue
            bodies = [None] if method == 'GET' else [None, {'release': None}]
            for body in bodies:
                response = self.send(method, path, json=body)
                self.assertEqual(
                    (405, allowed),
                    (response.status_code, response.headers.get('Allow')),
                    (method, path, response.text),
                )
        self.assertEqual(before, self.tables())

    def test_parameters_without_effect(self):
        # Also of a body, such as dry_run, where nobody reads a query.
        for path, method in METHODS.items():
            for query in ('dry_run=true', 'offset=1'):
                response = self.send(
                    method, f'{path}?{query}', json=BODIES.get(path)
                )
                self.assertEqual(400, response.status_code, response.text)
                self.assertIn(query.partition('=')[0], response.text)

    def test_sort_keys(self):
        for text in (
            ','.join(['size'] * 1500),
            'id:asc,id:desc',
            'size,name,size',
        ):
            response = self.send('GET', f'?sort={text}')
            self.assertEqual(400, response.status_code, response.text)
            self.assertIn('sort', response.text)
        response = self.send('GET', '?state=' + ','.join(['current'] * 900))
        self.assertEqual(200, response.status_code, response.text)

    def test_ids_in_any_spelling(self):
        # UUIDs of digits alone would show nothing.
        backup_id = f'abcdef{str(uuid.uuid4())[6:]}'
        string = samples.encode(samples.record(id=backup_id, size=1))
        response = self.send(
            'POST',
            '/import',
            json={'backup_record': {'backup_url': string, 'retain': True}},
        )
        self.assertEqual(201, response.status_code, response.text)
        for spelled in (backup_id.upper(), backup_id.replace('-', '')):
            shown = self.send('GET', f'/{spelled}').json()['backup_record']
            self.assertEqual(
                (backup_id, True), (shown['id'], shown['retained'])
            )
            page = self.send('GET', f'/export?id={spelled}').json()
            self.assertEqual([], page['omitted'])
            [item] = page['backup_records']
            self.assertEqual(backup_id, item['id'])
            listed = self.send('GET', f'?marker={spelled}')
            self.assertEqual(200, listed.status_code, listed.text)
            answer = self.send(
                'POST',
                '/recover',
                json={'recover': {'ids': [spelled], 'dry_run': True}},
            )
            self.assertEqual(1, answer.json()['examined'], answer.text)
        response = self.send(
            'POST', f'/{backup_id.upper()}/action', json={'release': None}
        )
        self.assertEqual(backup_id, response.json()['backup_record']['id'])
        shown = self.send('GET', f'/{backup_id}').json()['backup_record']
        self.assertFalse(shown['retained'])
