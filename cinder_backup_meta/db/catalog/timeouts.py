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

"""Limits on the time that the plugin's own database may take.

The limits are those of the database drivers, where they have any. A driver may
be unable to give up: that of PostgreSQL waits forever for a server process
that was stopped. Whoever must not wait as long, such as a thread that answers
requests, therefore makes its calls through :func:`bounded`.
"""

from collections.abc import Callable
import contextlib
import functools
import typing

from oslo_config import cfg
import sqlalchemy as sa
from sqlalchemy import event

from cinder_backup_meta import conf
from cinder_backup_meta import deadlines

CONF = cfg.CONF
conf.register_opts(CONF)

_Result = typing.TypeVar('_Result')

#: Added to the time that the driver itself may take.
_MARGIN = 5


def _number() -> int:
    # A quarter of the threads that answer requests, see
    # cinder_backup_meta.repositories.lookup.
    return max(1, getattr(CONF, 'executor_thread_pool_size', 64) // 4)


_slots = deadlines.Slots(_number)


def bounded(function: Callable[[], _Result]) -> _Result:
    """Return the result of a function that uses the database.

    :raises deadlines.Expired: if the database does not answer, or the current
        request is over
    :raises deadlines.Busy: if too many functions are waiting for it already
    """
    options = CONF.backup_meta_catalog
    silence = None
    if options.statement_timeout:
        silence = options.connect_timeout + options.statement_timeout + _MARGIN
    return _slots.run(function, silence)


def set_up(engine: sa.engine.Engine) -> None:
    """Limit the time of the connections that an engine makes from now on."""
    event.listen(engine, 'do_connect', _add_parameters)
    event.listen(
        engine,
        'connect',
        functools.partial(_limit_on_server, engine.dialect.name),
    )
    event.listen(engine, 'after_cursor_execute', _note_answer)


def _note_answer(*_args: typing.Any) -> None:
    deadlines.progress()


def _add_parameters(
    dialect: typing.Any,
    _record: typing.Any,
    _args: typing.Any,
    parameters: dict[str, typing.Any],
) -> None:
    """Add timeouts to the parameters of a driver, unless they are there."""
    options = CONF.backup_meta_catalog
    for name, value in _parameters(
        dialect.driver, options.connect_timeout, options.statement_timeout
    ).items():
        parameters.setdefault(name, value)


def _parameters(
    driver: str, connect: int, statement: int
) -> dict[str, typing.Any]:
    if driver in ('pymysql', 'mysqldb'):
        found = {'connect_timeout': connect}
        if statement:
            found |= {'read_timeout': statement, 'write_timeout': statement}
        return found
    if driver in ('psycopg2', 'psycopg'):
        found = {
            'connect_timeout': connect,
            # For a server that is unreachable all of a sudden.
            'keepalives_idle': connect,
            'keepalives_interval': connect,
            'keepalives_count': 3,
        }
        if statement:
            found['tcp_user_timeout'] = statement * 1000
        return found
    return {}


def _limit_on_server(
    dialect_name: str, connection: typing.Any, _record: typing.Any
) -> None:
    """Set how long the server itself works on a statement."""
    seconds = CONF.backup_meta_catalog.statement_timeout
    if not seconds or dialect_name == 'sqlite':
        return
    # Old servers do not know the variable, and are not needed to.
    with (
        contextlib.suppress(Exception),
        contextlib.closing(connection.cursor()) as cursor,
    ):
        cursor.execute(_limit(dialect_name, connection, seconds))
        connection.commit()


def _limit(dialect_name: str, connection: typing.Any, seconds: int) -> str:
    if dialect_name == 'postgresql':
        return f"SET statement_timeout = '{seconds}s'"
    if 'MariaDB' in str(connection.get_server_info()):
        return f'SET SESSION max_statement_time = {seconds}'
    return f'SET SESSION max_execution_time = {seconds * 1000}'
