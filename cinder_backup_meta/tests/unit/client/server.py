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

"""A small HTTP server for faults that cannot be provoked in a real Cinder.

It invalidates tokens, closes connections and refuses bodies by their size. The
functional tests use the real Cinder.
"""

import json
import threading
import urllib.parse
from wsgiref import simple_server

import fixtures
from keystoneauth1.identity import v3
from keystoneauth1 import session

from cinder_backup_meta.client import rest
from cinder_backup_meta.tests.unit.client import base

TOKEN_PATH = '/identity/v3/auth/tokens'


class Server(fixtures.Fixture):
    """Keystone and Cinder as far as the tests need them.

    :param answer: takes method, path, query and body of a request to Cinder;
        returns the status and the document to answer with, bytes for what is
        no JSON, or None to break the connection off
    :ivar url: of the server
    :ivar requests: what was asked of Cinder, as (method, path, query, body)
    :ivar tokens: how many tokens Keystone gave
    """

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.requests = []
        self.tokens = 0
        self.valid_for = None

    def _setUp(self):
        fixture = self

        class Handler(_Handler):
            server_fixture = fixture

        server = simple_server.HTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{server.server_port}'
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def expire_after(self, requests):
        """Make each token valid for this many requests."""
        self.valid_for = self._left = requests

    def new_token(self):
        self.tokens += 1
        self._left = self.valid_for
        return f'token-{self.tokens}'

    def is_valid(self, token):
        if self.valid_for is None:
            return True
        self._left -= 1
        return token == f'token-{self.tokens}' and self._left >= 0

    def catalog(self):
        """Return the body of Keystone's answer to a request for a token."""
        endpoint = {
            'interface': 'public',
            'region': 'here',
            'region_id': 'here',
            'url': f'{self.url}/v3',
            'id': 'endpoint',
        }
        return {
            'token': {
                'methods': ['password'],
                'user': {'id': 'u', 'name': 'u', 'domain': {'id': 'd'}},
                'project': {'id': 'p', 'name': 'p', 'domain': {'id': 'd'}},
                'expires_at': '2099-01-01T00:00:00.000000Z',
                'issued_at': '2026-01-01T00:00:00.000000Z',
                'catalog': [
                    {
                        'type': 'block-storage',
                        'name': 'cinder',
                        'id': 'service',
                        'endpoints': [endpoint],
                    }
                ],
            }
        }


# By way of wsgiref: Cinder's tests share this process, and eventlet, which
# comes along, leaves a module of its own in the place of http.server.
class _Handler(simple_server.BaseHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass

    def do_GET(self):
        self._reply()

    def do_POST(self):
        self._reply()

    def _reply(self):
        fixture = self.server_fixture
        length = int(self.headers.get('Content-Length', 0))
        body = json.loads(self.rfile.read(length) or 'null')
        path, _mark, query = self.path.partition('?')
        if path == TOKEN_PATH:
            token = fixture.new_token()
            return self._send(
                201, fixture.catalog(), {'X-Subject-Token': token}
            )
        if not fixture.is_valid(self.headers.get('X-Auth-Token')):
            return self._send(401, {'error': {'message': 'who?'}})
        request = (
            self.command,
            path,
            dict(urllib.parse.parse_qsl(query)),
            body,
        )
        fixture.requests.append(request)
        answer = fixture.answer(*request)
        if answer is None:
            return None
        return self._send(*answer)

    def _send(self, status, document, headers=None):
        content = document
        if not isinstance(content, bytes):
            content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(content)))
        self.send_header('x-openstack-request-id', 'req-1')
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        return None


class TestCase(base.TestCase):
    def serve(self, answer):
        """Start a server; return it and the records of its cloud."""
        found = self.useFixture(Server(answer))
        plugin = v3.Password(
            f'{found.url}/identity/v3',
            username='u',
            password='p',
            user_domain_id='d',
            project_name='p',
            project_domain_id='d',
        )
        cloud = rest.Records(session.Session(auth=plugin))
        return found, cloud
