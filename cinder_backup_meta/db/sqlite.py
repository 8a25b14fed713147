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

"""Files of SQLite that several threads and processes write to.

Every process that opens such a file has to prepare its engine by :func:`tune`.
The catalog is such a file by default, and so is Cinder's database in the
embedded control plane.

oslo.db disables the BEGIN of Python's sqlite3 module and sends a plain
``BEGIN`` itself, at SQLAlchemy's ``begin`` event. In SQLite that is a
*deferred* transaction: it takes its view of the database at its first read
and the write lock at its first write. If another connection has written in
between, the view is stale and the write fails at once with ``database is
locked``. A busy timeout does not help, because waiting does not renew the
view. Cinder reads before it writes almost everywhere.

Therefore no BEGIN is sent here until a statement writes, and then it is
``BEGIN IMMEDIATE``, which waits for the write lock up to the busy timeout.
Each read before it sees what is committed at that time, as under READ
COMMITTED. ``SELECT ... FOR UPDATE`` counts as a write: SQLite has no row locks
and SQLAlchemy omits the clause, but Cinder's quotas rely on no other writer
between it and their update.
"""

import os
import re
import sqlite3
import typing
from urllib import parse

import sqlalchemy as sa
from sqlalchemy import event

#: How long to wait for another process that writes.
BUSY_SECONDS = 60

# Keys in ``Connection.info``. The first is oslo.db's own, for a connection on
# which it has sent a BEGIN: if it is set, oslo.db sends none.
_BEGUN = 'in_transaction'
_WRITING = 'cinder_backup_meta_writing'

BEGIN_WRITING = 'BEGIN IMMEDIATE'

_READING = re.compile(r'\s*(SELECT|PRAGMA|EXPLAIN|VALUES)\b', re.IGNORECASE)
_WITH = re.compile(r'\s*WITH\b', re.IGNORECASE)
_CHANGING = re.compile(r'\b(INSERT|UPDATE|DELETE|REPLACE)\b', re.IGNORECASE)


def _locks_rows(context: typing.Any) -> bool:
    compiled = getattr(context, 'compiled', None)
    statement = getattr(compiled, 'statement', None)
    return getattr(statement, '_for_update_arg', None) is not None


def writes(statement: str, context: typing.Any = None) -> bool:
    """Return whether a statement needs the write lock.

    :param context: SQLAlchemy's execution context, if there is one
    """
    if _READING.match(statement):
        return _locks_rows(context)
    if _WITH.match(statement):
        return bool(_CHANGING.search(statement)) or _locks_rows(context)
    return True


def _listen_to_connections(engine: sa.engine.Engine, seconds: float) -> None:
    def connected(connection: sqlite3.Connection, record: typing.Any) -> None:
        connection.execute(f'PRAGMA busy_timeout = {int(seconds * 1000)}')
        record.info[_BEGUN] = True

    event.listen(engine, 'connect', connected)


def _before_statement(
    connection: sa.engine.Connection,
    cursor: typing.Any,
    statement: str,
    parameters: typing.Any,
    context: typing.Any,
    executemany: bool,
) -> None:
    info = connection.info
    if statement == BEGIN_WRITING or info.get(_WRITING):
        return
    if writes(statement, context):
        # Through SQLAlchemy, for a failure to be one of its errors, which
        # oslo.db translates into its own.
        connection.exec_driver_sql(BEGIN_WRITING)
        info[_WRITING] = True


def _end(connection: sa.engine.Connection) -> None:
    connection.info.pop(_WRITING, None)
    # oslo.db's listener, called before this one, has just removed it.
    connection.info[_BEGUN] = True


def is_file(engine: sa.engine.Engine) -> bool:
    """Return whether the database of an engine is a file of SQLite."""
    return engine.dialect.name == 'sqlite' and engine.url.database not in (
        None,
        '',
        ':memory:',
    )


def tune(engine: sa.engine.Engine, busy_seconds: float = BUSY_SECONDS) -> None:
    """Configure an engine of oslo.db for concurrent writers.

    Engines of other databases, and those that are tuned already, are not
    changed.

    :param busy_seconds: how long to wait for another process that writes
    """
    if not is_file(engine) or event.contains(engine, 'commit', _end):
        return
    _listen_to_connections(engine, busy_seconds)
    event.listen(engine, 'before_cursor_execute', _before_statement)
    event.listen(engine, 'commit', _end)
    event.listen(engine, 'rollback', _end)


def use_write_ahead_log(engine: sa.engine.Engine) -> None:
    """Let readers and a writer of a file run side by side; the file keeps it.

    With it, a crash of the process loses nothing; a crash of the machine may
    lose the last transactions, but not the database. It adds files beside the
    database, which have to be moved and copied together with it.
    """
    if not is_file(engine):
        return
    event.listen(engine, 'connect', _do_not_wait_for_the_disk)
    with engine.connect() as connection:
        connection.exec_driver_sql('PRAGMA journal_mode = WAL')


def _do_not_wait_for_the_disk(
    connection: sqlite3.Connection, _record: typing.Any
) -> None:
    connection.execute('PRAGMA synchronous = NORMAL')


def never_create(engine: sa.engine.Engine) -> None:
    """Make a connection to a missing file fail; SQLite would create it."""
    if is_file(engine):
        event.listen(engine, 'do_connect', _open_existing)


def _open_existing(
    _dialect: typing.Any,
    _record: typing.Any,
    args: list[typing.Any],
    parameters: dict[str, typing.Any],
) -> None:
    # A URL that is one of SQLite's own has a mode of its own.
    if not args[0].startswith('file:'):
        args[0] = f'file:{parse.quote(args[0])}?mode=rw'
        parameters['uri'] = True


def create_private(connection: str) -> None:
    """Create the file that a URL names so that only its owner can read it.

    SQLite itself would create it with the umask of the process. Nothing is
    done for other databases, and whatever else is wrong is left for SQLite to
    report when it connects.
    """
    try:
        path = sa.engine.make_url(connection).database or ''
        if path.startswith((':memory:', 'file:')) or not is_missing(
            connection
        ):
            return
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except (sa.exc.ArgumentError, OSError):
        pass


def is_missing(connection: str) -> bool:
    """Return whether a URL of SQLAlchemy names a file that does not exist.

    Callers ask this before they read a database, to avoid creating it. A file
    in a directory that may not be read is not missing.

    :raises sqlalchemy.exc.ArgumentError: if it is not a URL of SQLAlchemy
    """
    url = sa.engine.make_url(connection)
    if url.get_backend_name() != 'sqlite' or not url.database:
        return False
    try:
        os.stat(url.database)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False
