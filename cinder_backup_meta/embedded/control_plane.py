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

"""The control plane: starting, serving, stopping."""

import contextlib
import dataclasses
import importlib.util
import logging
import os
import sys
import threading
import traceback
import typing

from cinder_backup_meta.embedded import config
from cinder_backup_meta.embedded import exception
from cinder_backup_meta.embedded import openrc
from cinder_backup_meta.embedded import state

if typing.TYPE_CHECKING:
    from cinder_backup_meta.embedded import services
    from cinder_backup_meta.embedded import wsgi

LOG = logging.getLogger(__name__)

#: Seconds that running operations have to end when the control plane stops.
STOP_TIMEOUT = 5


@dataclasses.dataclass(frozen=True)
class Settings:
    """The options of the command.

    :ivar stock: do not load the plugin
    :ivar config_files: read after the control plane's own; the last one wins
    :ivar backup_hosts: host names, for each of which a cinder-backup is run
    """

    state_dir: str
    bind: str = '127.0.0.1'
    port: int = 8776
    stock: bool = False
    debug: bool = False
    config_files: tuple[str, ...] = ()
    backup_hosts: tuple[str, ...] = ()


def check_installed() -> None:
    """Check for missing packages, before anything is imported.

    :raises EmbeddedError: if the extra ``embedded`` is not installed
    """
    for name in ('cinder', 'cheroot'):
        if importlib.util.find_spec(name) is None:
            raise exception.EmbeddedError(
                f"the Python package {name} is not installed: run "
                "pip install 'cinder-backup-meta[embedded]'"
            )


class ControlPlane:
    """The real Cinder in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = state.StateFolder(settings.state_dir)
        self._server: wsgi.Server | None = None
        self._services: list[services.Service] = []
        self._release: typing.Callable[[], None] | None = None

    @property
    def endpoint(self) -> str:
        """Return the URL of the server, without a path."""
        if self._server is None:
            raise RuntimeError('not started')
        return self._server.endpoint

    def start(self) -> None:
        """Start everything; requests are answered when this returns.

        :raises EmbeddedError: if it cannot be started; nothing runs then
        """
        self._take_resources()
        try:
            self._start_cinder()
        except Exception as error:
            self._give_up(error)

    def _take_resources(self) -> None:
        """Check and take what can be checked before Cinder starts."""
        for name in self._settings.config_files:
            if not os.access(name, os.R_OK):
                raise exception.EmbeddedError(
                    f'the configuration file {name} cannot be read: name '
                    'one that exists with --config-file'
                )
        self.folder.prepare()
        from cinder_backup_meta.embedded import wsgi

        self._server = wsgi.Server(self._settings.bind, self._settings.port)
        try:
            self._write_files(self._server.endpoint)
        except OSError as error:
            raise exception.EmbeddedError(
                f'{error.filename} cannot be written ({error.strerror}): '
                'correct its permissions or remove it'
            ) from error

    def _write_files(self, endpoint: str) -> None:
        config.write(
            self.folder, stock=self._settings.stock, debug=self._settings.debug
        )
        openrc.write(self.folder, endpoint)

    def _start_cinder(self) -> None:
        from cinder_backup_meta.embedded import runtime

        runtime.configure([self.folder.config, *self._settings.config_files])
        runtime.prepare()
        self._release = runtime.release
        if not self._settings.stock:
            runtime.prepare_plugin()
        from cinder_backup_meta.embedded import services

        self._services = services.start(self._settings.backup_hosts)
        assert self._server is not None
        self._server.serve(runtime.load_api())
        self.folder.announce(self._server.endpoint)

    def _give_up(self, error: Exception) -> typing.NoReturn:
        # Logging may not have been set up yet.
        with open(self.folder.log, 'a', encoding='utf-8') as stream:
            traceback.print_exception(error, file=stream)
        self.stop()
        raise exception.EmbeddedError(
            f'Cinder does not start: {type(error).__name__}: '
            f'{" ".join(str(error).split())} (details in {self.folder.log})'
        ) from error

    def stop(self) -> bool:
        """Stop everything, within :data:`STOP_TIMEOUT` seconds.

        :returns: False if an operation, such as a long backup, did not end in
            time. Cinder cleans up after it at the next start.
        """
        self.folder.forget_endpoint()
        stopper = threading.Thread(target=self._stop, name='stop', daemon=True)
        stopper.start()
        stopper.join(STOP_TIMEOUT)
        if stopper.is_alive():
            LOG.warning('Operations that are still running are abandoned.')
        return not stopper.is_alive()

    def _stop(self) -> None:
        with contextlib.ExitStack() as stack:
            if self._release:
                stack.callback(self._release)
            if self._services:
                from cinder_backup_meta.embedded import services

                stack.callback(services.stop, self._services)
            # This runs first: no new work while the rest stops.
            if self._server:
                stack.callback(self._server.stop)


def leave(code: int) -> typing.NoReturn:
    """End the process without waiting for threads that Cinder left behind."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        # The reader may have ended.
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
