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

"""cinder-backup-meta-embedded: serve the real Cinder from one process."""

import argparse
import contextlib
import signal
import sys
import time
import traceback
import types
import typing

from cinder_backup_meta.embedded import control_plane
from cinder_backup_meta.embedded import exception
from cinder_backup_meta import host_service

PROGRAM = 'cinder-backup-meta-embedded'

# Seconds between two checks for a signal to stop.
_LOOK_AGAIN = 0.1

_READY = """\
Cinder is ready at {endpoint}/v3 ({kind}).
Its state is in {folder}, its log in {log}.

Point the cinder and openstack clients at it in another terminal:
    . {openrc}
    cinder service-list

Ctrl-C stops it."""

_OPEN_TO_ALL = """\
{program}: warning: no password protects this Cinder, and {bind} can be \
reached from other machines
"""


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


_port.__name__ = 'port number'


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Run the real Cinder's api, scheduler, volume and backup "
        'services in one process, without root and without any server, for '
        'demonstrations and tests. It is not protected: anyone who can reach '
        'its port is an administrator.',
    )
    add = parser.add_argument
    add(
        '--state-dir',
        required=True,
        metavar='DIR',
        help='folder for the database, volumes, backups, configuration and '
        'log; created if missing, and reused if it exists',
    )
    add(
        '--port',
        type=_port,
        default=8776,
        metavar='PORT',
        help='port of the API; 0 selects a free one (default: %(default)s)',
    )
    add(
        '--bind',
        default='127.0.0.1',
        metavar='ADDRESS',
        help='address to listen on (default: %(default)s)',
    )
    add(
        '--stock',
        action='store_true',
        help='do not load the plugin, for comparisons',
    )
    add(
        '--config-file',
        action='append',
        default=[],
        metavar='EXTRA',
        help='file in the format of cinder.conf, read after the generated '
        'one; may be repeated',
    )
    add(
        '--backup-host',
        action='append',
        default=[],
        metavar='NAME',
        help='run a cinder-backup under this host name; may be repeated '
        '(default: one, under the host name of the other services)',
    )
    add('--debug', action='store_true', help='log at debug level')
    return parser


def _settings(arguments: argparse.Namespace) -> control_plane.Settings:
    return control_plane.Settings(
        state_dir=arguments.state_dir,
        bind=arguments.bind,
        port=arguments.port,
        stock=arguments.stock,
        debug=arguments.debug,
        config_files=tuple(arguments.config_file),
        backup_hosts=tuple(arguments.backup_host),
    )


def _stop_signals() -> list[int]:
    """Return a list that SIGINT and SIGTERM append to; nothing else is done.

    An event cannot be used: that of eventlet does not end a wait when a signal
    handler sets it.
    """
    came: list[int] = []

    def handler(number: int, frame: types.FrameType | None) -> None:
        came.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
    return came


def _warn(bind: str) -> None:
    from cinder_backup_meta.embedded import wsgi

    if not wsgi.is_loopback(bind):
        sys.stderr.write(_OPEN_TO_ALL.format(program=PROGRAM, bind=bind))


def _say(text: str) -> None:
    # The process that started it may have ended; keep serving.
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)


def _greet(plane: control_plane.ControlPlane, stock: bool) -> None:
    _say(
        _READY.format(
            endpoint=plane.endpoint,
            folder=plane.folder.path,
            log=plane.folder.log,
            openrc=plane.folder.openrc,
            kind='without the plugin' if stock else 'with cinder-backup-meta',
        )
    )


def _serve(arguments: argparse.Namespace) -> None:
    control_plane.check_installed()
    came = _stop_signals()
    host_service.prepare_services()
    plane = control_plane.ControlPlane(_settings(arguments))
    plane.start()
    _warn(arguments.bind)
    _greet(plane, arguments.stock)
    while not came:
        time.sleep(_LOOK_AGAIN)
    _say('Stopping.')
    if not plane.stop():
        _say('Operations that were still running were abandoned.')


def main(argv: typing.Sequence[str] | None = None) -> typing.NoReturn:
    """Serve until SIGINT or SIGTERM, then exit 0.

    Exit 1 with a line on standard error if it cannot serve, 2 for arguments
    that are not valid.
    """
    arguments = _parser().parse_args(argv)
    code = 1
    try:
        _serve(arguments)
        code = 0
    except exception.EmbeddedError as error:
        sys.stderr.write(f'{PROGRAM}: error: {error}\n')
    except Exception:
        # This is a bug. If the exception were passed on, the threads of the
        # services would keep the process alive.
        traceback.print_exc()
    control_plane.leave(code)


if __name__ == '__main__':
    main()
