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

"""Cinder's services, each run by its own command."""

import os
import re
import sys
import time

import kombu
import requests

from cinder_backup_meta.tests.fullstack import config
from cinder_backup_meta.tests.fullstack import processes
from cinder_backup_meta.tests.functional import process

_NATIVE_THREADS = 'OS_CINDER_DISABLE_EVENTLET_PATCHING'


class Service(processes.Process):
    """One service: a process, or a parent with a worker, and a log file.

    :param state_dir: the folder of its files
    :param name: its name there, and in messages
    :param command: what to run, without the configuration files
    :param config_files: what it reads
    :param options: options of its own, as {section: {option: value}}
    :param eventlet: run it under eventlet, not in native threads
    """

    def __init__(
        self,
        state_dir,
        name,
        command,
        config_files,
        options=None,
        eventlet=False,
    ):
        super().__init__(state_dir, name, f'{name}.output', f'{name}.log')
        self._eventlet = eventlet
        self._own_file = self.path(f'{name}.conf')
        self.configure(options or {})
        files = [*config_files, self._own_file]
        self._command = [
            *command,
            *(f'--config-file={path}' for path in files),
        ]

    def configure(self, options):
        """Set the options of its own, from its next start on."""
        log = {'log_file': self.path(self._log)}
        default = {**options.get('DEFAULT', {}), **log}
        config.write(self._own_file, {**options, 'DEFAULT': default})

    def start(self):
        """Start it and wait until it does its work."""
        self.run(
            self._command, **{_NATIVE_THREADS: '0' if self._eventlet else '1'}
        )

    def log_text(self):
        """Return its log."""
        return self.read(self._log)


class Api(Service):
    """cinder-api: the application, under a server of WSGI."""

    def __init__(self, state_dir, port, config_files, **arguments):
        self.endpoint = f'http://127.0.0.1:{port}'
        command = [
            sys.executable,
            '-m',
            'cinder_backup_meta.tests.fullstack.serve_api',
            str(port),
        ]
        super().__init__(state_dir, 'api', command, config_files, **arguments)

    def _is_ready(self):
        return processes.answers(
            self.endpoint, requests.codes.multiple_choices
        )


class Worker(Service):
    """A service that is asked by messages.

    :param queue: the queue that it takes them from
    :param broker: the URL of the broker
    """

    def __init__(
        self, state_dir, name, program, queue, broker, files, **arguments
    ):
        command = [os.path.join(os.path.dirname(sys.executable), program)]
        super().__init__(state_dir, name, command, files, **arguments)
        self._queue = queue
        self._broker = re.sub('^rabbit:', 'amqp:', broker)

    def start(self):
        # Else one that was killed might be taken for the new one.
        deadline = time.monotonic() + process.STOP_TIMEOUT
        while self.listens() and time.monotonic() < deadline:
            time.sleep(0.05)
        super().start()

    def _is_ready(self):
        return self.listens()

    def listens(self):
        """Return whether it takes messages from its queue."""
        with kombu.Connection(self._broker) as connection:
            try:
                declared = connection.default_channel.queue_declare(
                    self._queue, passive=True
                )
            except (*connection.channel_errors, *connection.connection_errors):
                return False
            return declared.consumer_count > 0
