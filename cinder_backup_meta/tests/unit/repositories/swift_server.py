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

"""A whole Swift in one process, for the tests.

``python swift_server.py FOLDER`` runs the real proxy, account, container and
object servers on loopback ports, with one copy of everything, the objects in
memory. Nobody may use the container ``forbidden``, a token ``of-PROJECT``
opens the account of this project alone, ``expired`` opens none, and any other
token opens all of them, as that of a reseller's administrator does. A
stand-in for TempAuth, which needs memcached, signs in a single user to the
account ``AUTH_service``. It prints the proxy's port and runs until it is
ended.

It is a process of its own for Swift patches the whole of it.
"""

import logging
import os
import sys

import eventlet

eventlet.monkey_patch()

from eventlet import wsgi  # noqa: E402,I202
from swift.account import server as account  # noqa: E402
from swift.common.middleware import catch_errors  # noqa: E402
from swift.common import ring  # noqa: E402
from swift.common import swob  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common import wsgi as swift_wsgi  # noqa: E402
from swift.container import server as container  # noqa: E402
from swift.obj import mem_server  # noqa: E402
from swift.proxy import server as proxy  # noqa: E402

DEVICE = 'disk'


def _configure(folder):
    os.makedirs(os.path.join(folder, 'devices', DEVICE))
    with open(os.path.join(folder, 'swift.conf'), 'w') as stream:
        stream.write('[swift-hash]\nswift_hash_path_suffix = tests\n')
    utils.set_swift_dir(folder)


def _make_ring(folder, name, port):
    builder = ring.RingBuilder(1, 1, 0)
    builder.add_dev(
        {
            'id': 0,
            'region': 1,
            'zone': 1,
            'weight': 1,
            'ip': '127.0.0.1',
            'port': port,
            'device': DEVICE,
        }
    )
    builder.rebalance()
    builder.get_ring().save(os.path.join(folder, f'{name}.ring.gz'))


def _authorize(request):
    account, container = (request.path.split('/') + ['', ''])[2:4]
    token = request.headers.get('X-Auth-Token', '')
    if token == 'expired':
        return swob.HTTPUnauthorized(request=request)
    if container == 'forbidden':
        return swob.HTTPForbidden(request=request)
    project_id = token.partition('of-')[2]
    if project_id and account != f'AUTH_{project_id}':
        return swob.HTTPForbidden(request=request)


def _sign_in(request):
    given = [request.headers.get(f'X-Auth-{name}') for name in ('User', 'Key')]
    if given != ['cinder', 'secret']:
        return swob.HTTPUnauthorized(request=request)
    return swob.Response(
        request=request,
        headers={
            'X-Storage-Url': f'{request.host_url}/v1/AUTH_service',
            'X-Auth-Token': 'token',
        },
    )


def _guard(application):
    def call(environ, start_response):
        request = swob.Request(environ)
        if request.path == '/auth/v1.0':
            return _sign_in(request)(environ, start_response)
        environ['swift.authorize'] = _authorize
        return application(environ, start_response)

    return call


def main(folder):
    _configure(folder)
    options = {
        'swift_dir': folder,
        'devices': os.path.join(folder, 'devices'),
        'mount_check': 'false',
        'account_autocreate': 'true',
    }
    sockets = {}
    for name in ('account', 'container', 'object', 'proxy'):
        sockets[name] = eventlet.listen(('127.0.0.1', 0))
        _make_ring(folder, name, sockets[name].getsockname()[1])
    applications = {
        'account': account.AccountController(options),
        'container': container.ContainerController(options),
        'object': mem_server.ObjectController(options),
        'proxy': catch_errors.CatchErrorMiddleware(
            _guard(proxy.Application(options)), {}
        ),
    }
    servers = [
        eventlet.spawn(
            wsgi.server,
            sockets[name],
            application,
            logging.getLogger(name),
            protocol=swift_wsgi.SwiftHttpProtocol,
        )
        for name, application in applications.items()
    ]
    print(sockets['proxy'].getsockname()[1], flush=True)
    for server in servers:
        server.wait()


if __name__ == '__main__':
    main(sys.argv[1])
