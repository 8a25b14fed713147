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

"""A trace of what the control plane sends to its database, for counting.

One JSON object a line: ``{"event": "begin" | "statement" | "commit" |
"rollback", "transaction": NUMBER, "thread": NAME}``, a statement with its SQL
and without the values.

A transaction is what SQLAlchemy begins and ends on one connection, as every
database with transactions would see it, reading ones included. It is written
at its first statement: SQLAlchemy also begins one on connections that are
never used, of which a database hears nothing. What :mod:`.sqlite` sends to
begin a transaction for writing is no statement of Cinder's and not counted.
"""

import itertools
import json
import threading
import typing

from sqlalchemy import engine as sa_engine
from sqlalchemy import event

from cinder_backup_meta.embedded import sqlite

_NUMBER = 'cinder_backup_meta_trace'

# The second is what oslo.db asks each connection first, with SQLAlchemy before
# 2.0.5.
_NOT_COUNTED = (sqlite.BEGIN_WRITING, 'SELECT 1')


class SqlTrace:
    """Appends the trace of the engines it listens to to a file."""

    def __init__(self, path: str) -> None:
        # Unbuffered by line: a reader finds all that has happened.
        self._stream = open(path, 'a', buffering=1, encoding='utf-8')
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def listen(self, engine: sa_engine.Engine) -> None:
        """Trace an engine from now on."""
        event.listen(engine, 'before_cursor_execute', self._statement)
        event.listen(engine, 'commit', self._commit)
        event.listen(engine, 'rollback', self._rollback)

    def _write(self, what: str, number: int, **more: typing.Any) -> None:
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
        self,
        connection: sa_engine.Connection,
        cursor: typing.Any,
        statement: str,
        parameters: typing.Any,
        context: typing.Any,
        executemany: bool,
    ) -> None:
        if statement in _NOT_COUNTED:
            return
        number = connection.info.get(_NUMBER)
        if number is None:
            number = connection.info[_NUMBER] = next(self._numbers)
            self._write('begin', number)
        self._write(
            'statement', number, statement=statement, executemany=executemany
        )

    def _end(self, what: str, connection: sa_engine.Connection) -> None:
        number = connection.info.pop(_NUMBER, None)
        if number is not None:
            self._write(what, number)

    def _commit(self, connection: sa_engine.Connection) -> None:
        self._end('commit', connection)

    def _rollback(self, connection: sa_engine.Connection) -> None:
        self._end('rollback', connection)
