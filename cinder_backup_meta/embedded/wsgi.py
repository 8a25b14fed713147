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

"""The HTTP server of cinder-api."""

import logging
import re
import socket
import sys
import threading
import typing

from cheroot import wsgi

from cinder_backup_meta.embedded import exception

LOG = logging.getLogger(__name__)

_THREADS = 16
# Clients that connect before cinder-api is ready wait in this queue.
_BACKLOG = 128


def _not_ready(environ: typing.Any, start_response: typing.Any) -> list[bytes]:
    start_response('503 Service Unavailable', [('Content-Length', '0')])
    return [b'']


class _Cheroot(wsgi.Server):
    """Cheroot, with its errors in the log."""

    def error_log(
        self, msg: str = '', level: int = logging.INFO, traceback: bool = False
    ) -> None:
        LOG.log(level, msg, exc_info=sys.exc_info() if traceback else None)


class Server:
    """A server that is bound to its port and answers after :meth:`serve`.

    :ivar endpoint: the URL of the server, without a path
    :raises EmbeddedError: if the port is in use, or the address is not that
        of this machine
    """

    def __init__(self, bind: str, port: int) -> None:
        self._server = _Cheroot(
            (bind, port),
            _not_ready,
            numthreads=_THREADS,
            request_queue_size=_BACKLOG,
        )
        try:
            self._server.prepare()
        except OSError as error:
            raise exception.EmbeddedError(
                f'cannot listen on {bind} port {port} ({_reason(error)}): '
                'choose another with --port (0 selects a free one)'
            ) from error
        # Cheroot does not set this for port 0. It allows a control plane that
        # was killed to be started again at the same port without a wait.
        self._server.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )
        self.endpoint = _url(*self._server.bind_addr[:2])
        self._thread = threading.Thread(
            target=self._server.serve, name='wsgi', daemon=True
        )

    def serve(self, application: typing.Any) -> None:
        """Answer requests with a WSGI application, in the server's threads."""
        self._server.wsgi_app = application
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and wait a few seconds for running requests."""
        self._server.stop()


def _reason(error: OSError) -> str:
    # Cheroot includes it in a text of its own.
    found = re.search(r'\[Errno -?\d+\] ([^)]*)', str(error))
    return found[1] if found else str(error)


def _url(host: str, port: int) -> str:
    return (
        f'http://[{host}]:{port}' if ':' in host else f'http://{host}:{port}'
    )


def is_loopback(bind: str) -> bool:
    """Return whether only this machine can reach a server at an address."""
    try:
        found = socket.getaddrinfo(bind, None)
    except OSError:
        return False
    return all(
        address[4][0] == '::1' or str(address[4][0]).startswith('127.')
        for address in found
    )
