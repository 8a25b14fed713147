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

"""The fixture of the functional tests: a real Cinder for one test."""

import configparser
import json
import signal
import sys

from cinder_backup_meta.tests.functional import cloud
from cinder_backup_meta.tests.functional import database
from cinder_backup_meta.tests.functional import process
from cinder_backup_meta.tests.functional import sql_trace as sql_trace_module

TIMEOUT = cloud.TIMEOUT


class ControlPlane(cloud.Cloud):
    """An embedded control plane in a process and a state folder of its own.

    :param stock: leave the plugin out
    :param config: options to set, as {section: {option: value}}
    :param backup_hosts: the host names to run a cinder-backup for
    :param sql_trace: trace the SQL, for :meth:`sql_events`; it is run by a
        module of its own
    :param state_dir: use this folder and leave it there; by default a new one
        that is removed in the end
    :param module: what to run; by default what the console script runs
    :param python: of the environment to run it in; by default that of the
        tests
    """

    def __init__(
        self,
        stock=False,
        config=None,
        backup_hosts=(),
        sql_trace=False,
        state_dir=None,
        module='cinder_backup_meta.cmd.embedded',
        python=sys.executable,
    ):
        super().__init__()
        self._module = sql_trace_module.__name__ if sql_trace else module
        self._python = python
        self._stock = stock
        self._config = config or {}
        self._backup_hosts = backup_hosts
        self.state_dir = state_dir

    def _setUp(self):
        self._take_folder()
        self._database = database.Database(self.path('cinder.sqlite'))
        self._process = process.Embedded(
            self.state_dir, self._arguments(), self._module, self._python
        )
        # The detail is of use only as long as the folder is there.
        self.addCleanup(self._process.end)
        self._process.start()

    def _arguments(self):
        arguments = ['--stock'] if self._stock else []
        for host in self._backup_hosts:
            arguments += ['--backup-host', host]
        if self._config:
            arguments += ['--config-file', self._write_config()]
        return arguments

    def _write_config(self):
        parser = configparser.RawConfigParser(default_section='')
        parser.optionxform = str
        parser.read_dict(self._config)
        with open(self.path('test.conf'), 'w') as stream:
            parser.write(stream)
        return stream.name

    # The process

    @property
    def endpoint(self):
        return self._process.endpoint

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        """Stop it as Ctrl-C does; return its exit code."""
        return self._process.end()

    def kill(self):
        """End it as a crash does."""
        self._process.end(signal.SIGKILL)

    def restart(self, lose_database=False):
        """Stop it if it runs and start it again, at the same endpoint."""
        self.stop()
        if lose_database:
            self._database.destroy()
        self._process.start(port=self.endpoint.rpartition(':')[2])

    def log_text(self):
        """Return Cinder's log."""
        return self._process.read('cinder.log')

    def output(self):
        """Return what the process printed."""
        return self._process.read('output')

    def sql_events(self):
        """Return the SQL trace so far, a dict an event."""
        # A last line without its end is still being written.
        return [
            json.loads(line)
            for line in self._process.read(sql_trace_module.FILE).splitlines(
                True
            )
            if line.endswith('\n')
        ]
