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

"""The control plane, with a trace of the SQL of Cinder's database.

Run in place of ``cinder_backup_meta.cmd.embedded``. From the moment that the
control plane is ready it appends to ``sql.jsonl`` in the state folder, one
JSON object a line: ``{"event": "begin" | "statement" | "commit" | "rollback",
"transaction": NUMBER, "thread": NAME}``, a statement with its SQL but without
the values.

A transaction is what SQLAlchemy begins and ends on one connection, as every
database with transactions would see it, including those that only read. It is
written at its first statement: SQLAlchemy also begins transactions on
connections that are never used, which never reach a database. The statements
that ``cinder_backup_meta.db.sqlite`` sends to begin a transaction for
writing are not Cinder's, and are not counted.
"""

import itertools
import json
import os
import sys
import threading

from sqlalchemy import engine
from sqlalchemy import event

from cinder_backup_meta.cmd import embedded
from cinder_backup_meta.db import sqlite

FILE = 'sql.jsonl'

_NUMBER = 'cinder_backup_meta_trace'

# The second is what oslo.db asks each connection first, with SQLAlchemy before
# 2.0.5.
_NOT_COUNTED = (sqlite.BEGIN_WRITING, 'SELECT 1')


class SqlTrace:
    """Appends a trace to a file.

    :param path: the file
    :param is_traced: called with each connection that sends a statement
    """

    def __init__(self, path, is_traced=lambda connection: True):
        # Line by line: a reader finds everything that has happened.
        self._stream = open(path, 'a', buffering=1, encoding='utf-8')
        self._is_traced = is_traced
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def listen(self, target):
        """Trace an engine from now on, or each engine of a class."""
        event.listen(target, 'before_cursor_execute', self._statement)
        event.listen(target, 'commit', self._commit)
        event.listen(target, 'rollback', self._rollback)

    def _write(self, what, number, **more):
        line = json.dumps(
            {
                'event': what,
                'transaction': number,
                'thread': threading.current_thread().name,
                **more,
            }
        )
        with self._lock:
            self._stream.write(line + '\n')

    def _statement(
        self, connection, cursor, statement, parameters, context, executemany
    ):
        if statement in _NOT_COUNTED or not self._is_traced(connection):
            return
        number = connection.info.get(_NUMBER)
        if number is None:
            number = connection.info[_NUMBER] = next(self._numbers)
            self._write('begin', number)
        self._write(
            'statement', number, statement=statement, executemany=executemany
        )

    def _end(self, what, connection):
        number = connection.info.pop(_NUMBER, None)
        if number is not None:
            self._write(what, number)

    def _commit(self, connection):
        self._end('commit', connection)

    def _rollback(self, connection):
        self._end('rollback', connection)


class _CinderAtWork:
    """Cinder's database, once the control plane is ready.

    The migrations before that, and the plugin's own database, are not traced.
    """

    def __init__(self, folder):
        self._database = os.path.join(folder, 'cinder.sqlite')
        self._endpoint = os.path.join(folder, 'endpoint.json')
        self._ready = False

    def __call__(self, connection):
        if connection.engine.url.database != self._database:
            return False
        self._ready = self._ready or os.path.exists(self._endpoint)
        return self._ready


def main():
    arguments = sys.argv[1:]
    folder = os.path.abspath(arguments[arguments.index('--state-dir') + 1])
    trace = SqlTrace(os.path.join(folder, FILE), _CinderAtWork(folder))
    trace.listen(engine.Engine)
    return embedded.main()


if __name__ == '__main__':
    sys.exit(main())
