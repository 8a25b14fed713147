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

"""The control plane, with an accident at a chosen step of its SQL.

Run in place of ``cinder_backup_meta.cmd.embedded``. As long as there is a
file ``accident.json`` in the state folder, each statement, commit and return
of a connection is a step; it is noted in ``steps.log``. When the step comes
whose number the file names, the process kills itself or SQLite refuses.
"""

import json
import os
import signal
import sqlite3
import sys
import threading

from sqlalchemy import engine
from sqlalchemy import event
from sqlalchemy import pool

from cinder_backup_meta.cmd import embedded

KILL = 'kill'
REFUSE = 'refuse'
NOTHING = 'nothing'

ACCIDENT = 'accident.json'
STEPS = 'steps.log'


class Saboteur:
    """Counts the steps since the accident was planned."""

    def __init__(self, folder):
        self._folder = folder
        self._lock = threading.Lock()
        self._plan = None
        self._step = 0

    def listen(self):
        event.listen(
            engine.Engine,
            'before_cursor_execute',
            lambda c, cursor, statement, *rest: self._come(
                c.connection.dbapi_connection, statement.split('(')[0].strip()
            ),
        )
        event.listen(
            engine.Engine,
            'commit',
            lambda c: self._come(c.connection.dbapi_connection, 'COMMIT'),
        )
        event.listen(
            pool.Pool,
            'checkin',
            lambda dbapi, record: self._come(dbapi, 'done'),
        )

    def _come(self, dbapi_connection, what):
        with self._lock:
            kind = self._next(what)
        if kind == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == REFUSE and dbapi_connection is not None:
            # From now on this connection may do nothing, not even commit.
            dbapi_connection.set_authorizer(lambda *_what: sqlite3.SQLITE_DENY)

    def _next(self, what):
        """Return what is to happen at this step."""
        try:
            with open(os.path.join(self._folder, ACCIDENT)) as stream:
                plan = json.load(stream)
        except FileNotFoundError:
            return NOTHING
        if plan != self._plan:
            self._plan, self._step = plan, 0
        self._step += 1
        with open(os.path.join(self._folder, STEPS), 'a') as stream:
            stream.write(f'{plan["name"]} {self._step} {what[:60]!r}\n')
        return plan['kind'] if self._step == plan['step'] else NOTHING


def main():
    arguments = sys.argv[1:]
    folder = arguments[arguments.index('--state-dir') + 1]
    Saboteur(folder).listen()
    return embedded.main()


if __name__ == '__main__':
    sys.exit(main())
