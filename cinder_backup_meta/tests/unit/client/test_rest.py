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

import socket

from keystoneauth1.identity import v3
from keystoneauth1 import noauth
from keystoneauth1 import session

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import rest
from cinder_backup_meta.tests.unit.client import server


class TestLists(server.TestCase):
    def answer(self, method, path, query, body):
        number = int(query.get('marker', 0))
        limit = min(int(query['limit']), 2)
        items = [{'id': str(n)} for n in range(number + 1, number + 1 + limit)]
        page = {'backup_records': items}
        if number < 4:
            # The service's view of its URL is not the URL of the request.
            href = f'http://inside.example/x/y?limit={limit}&state=missing'
            page['backup-records_links'] = [
                {'rel': 'next', 'href': f'{href}&marker={number + limit}'}
            ]
        return 200, page

    def test_follows_the_pages(self):
        found, cloud = self.serve(self.answer)
        items = list(cloud.list(state='missing', volume_id=None))
        self.assertEqual(
            [str(n) for n in range(1, 7)], [i['id'] for i in items]
        )
        self.assertEqual(
            {'/v3/backup-records'}, {r[1] for r in found.requests}
        )
        self.assertEqual(
            {'limit': '1000', 'state': 'missing'}, found.requests[0][2]
        )
        self.assertEqual('2', found.requests[1][2]['marker'])

    def test_stops_at_the_limit(self):
        for limit, requests in ((1, 1), (2, 1), (3, 2)):
            found, cloud = self.serve(self.answer)
            items = list(cloud.list(detail=True, limit=limit))
            self.assertEqual(limit, len(items))
            self.assertEqual(requests, len(found.requests))
            self.assertEqual('/v3/backup-records/detail', found.requests[0][1])


class TestSingleCalls(server.TestCase):
    def test_paths_and_bodies(self):
        answers = {
            'backup_record': {'id': '1'},
            'backup_records_status': {'behind': 0},
        }
        found, cloud = self.serve(lambda *_request: (200, answers))
        self.assertEqual({'id': '1'}, cloud.show('a/b'))
        self.assertEqual({'behind': 0}, cloud.status())
        self.assertEqual({'id': '1'}, cloud.release('1'))
        cloud.import_page(['AAAA'], dry_run=True, verify=None)
        cloud.recover_page(ids=['1'], limit=5, marker=None)
        self.assertEqual(
            [
                ('GET', '/v3/backup-records/a%2Fb', None),
                ('GET', '/v3/backup-records/status', None),
                (
                    'POST',
                    '/v3/backup-records/1/action',
                    {'release': None},
                ),
                (
                    'POST',
                    '/v3/backup-records/import',
                    {'backup_records': {'records': ['AAAA'], 'dry_run': True}},
                ),
                (
                    'POST',
                    '/v3/backup-records/recover',
                    {'recover': {'ids': ['1'], 'limit': 5}},
                ),
            ],
            [(method, path, body) for method, path, _, body in found.requests],
        )

    def test_expired_token_is_renewed(self):
        found, cloud = self.serve(
            lambda *_request: (200, {'backup_records_status': {}})
        )
        found.expire_after(2)
        for _ in range(5):
            cloud.status()
        self.assertEqual(5, len(found.requests))
        self.assertEqual(3, found.tokens)

    def test_token_that_expires_over_a_body_is_renewed(self):
        found, cloud = self.serve(lambda *_request: (200, {}))
        found.expire_after(1)
        for _ in range(2):
            cloud.import_page(['AAAA'])
        self.assertEqual(
            2 * [{'backup_records': {'records': ['AAAA']}}],
            [body for *_rest, body in found.requests],
        )

    def test_endpoint(self):
        found, cloud = self.serve(None)
        self.assertEqual(f'{found.url}/v3', cloud.endpoint())


class TestErrors(server.TestCase):
    def error(self, status, document):
        _found, cloud = self.serve(lambda *_request: (status, document))
        return self.assertRaises(errors.RequestFailed, cloud.status)

    def test_of_cinder(self):
        error = self.error(
            400, {'badRequest': {'message': 'No. [parent_missing]'}}
        )
        self.assertEqual('No. [parent_missing]', error.detail)
        self.assertEqual('parent_missing', error.code)
        self.assertEqual(400, error.status)
        self.assertEqual('req-1', error.request_id)
        self.assertEqual(
            'No. [parent_missing] (HTTP 400) (request req-1)', str(error)
        )
        self.assertNotIsInstance(error, errors.Unreachable)

    def test_code_of_a_newer_release(self):
        error = self.error(
            400, {'badRequest': {'message': 'No. [never_heard_of]'}}
        )
        self.assertEqual('never_heard_of', error.code)

    def test_without_code(self):
        error = self.error(403, {'forbidden': {'message': 'Policy.'}})
        self.assertIsNone(error.code)

    def test_of_the_middleware(self):
        error = self.error(413, {'message': 'Too large.', 'code': 413})
        self.assertEqual('Too large.', error.detail)

    def test_of_something_between(self):
        for document in (b'<html>', b'', [], {}, {'a': 1, 'b': 2}, {'a': 5}):
            error = self.error(502, document)
            self.assertIsInstance(error, errors.Unreachable)
            self.assertEqual('Bad Gateway', error.detail)

    def test_answer_of_something_else(self):
        for document in (b'<html>', b'', b'[]'):
            error = self.error(200, document)
            self.assertIsInstance(error, errors.Unreachable)

    def test_broken_off(self):
        _found, cloud = self.serve(lambda *_request: None)
        error = self.assertRaises(errors.Unreachable, cloud.status)
        self.assertIsNone(error.status)

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(('127.0.0.1', 0))
            url = f'http://127.0.0.1:{unused.getsockname()[1]}/v3'
        cloud = rest.Records(
            session.Session(auth=noauth.NoAuth(url)), endpoint_override=url
        )
        self.assertRaises(errors.Unreachable, cloud.status)

    def test_no_token_to_be_had(self):
        found, _cloud = self.serve(lambda *_request: (404, {}))
        plugin = v3.Password(
            f'{found.url}/nowhere/v3', username='u', password='p'
        )
        cloud = rest.Records(session.Session(auth=plugin))
        self.assertRaises(errors.Unreachable, cloud.status)
        self.assertRaises(errors.Unreachable, cloud.endpoint)
