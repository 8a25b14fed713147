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

"""The connection to the plugin's own database.

It is configured from ``[backup_meta_catalog]`` at its first use, so a service
that never needs the database neither waits for it nor fails without it.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import functools
import os
import threading
import typing

from cinder.common import config  # noqa: F401  for state_path
from oslo_config import cfg
from oslo_db.sqlalchemy import enginefacade
import sqlalchemy as sa

from cinder_backup_meta import conf
from cinder_backup_meta.conf import backup_meta_catalog
from cinder_backup_meta.db.catalog import timeouts
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import sqlite
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

CONF = cfg.CONF
conf.register_opts(CONF)

# Settings that oslo.db would otherwise take from [database], which describes
# Cinder's database: a replica of that has none of these tables. Retries to
# reach the server are meant for starting services, but this database is first
# used in the middle of a request, which should rather fail at once than after
# minutes.
_SETTINGS = {
    'slave_connection': None,
    'synchronous_reader': True,
    'max_retries': 0,
}

CHECK = (
    'check [backup_meta_catalog] connection and run cinder-backup-meta-manage '
    'db sync'
)

_AWAY = (
    'check that its server is well and not overloaded; see '
    '[backup_meta_catalog] statement_timeout'
)

_Function = typing.TypeVar('_Function', bound=Callable[..., typing.Any])

# Seconds.
_POOL_TIMEOUT = 10

_MARK = 'cinder_backup_meta_catalog'

_lock = threading.Lock()
_manager: typing.Any = None


def _get_manager() -> typing.Any:
    global _manager
    with _lock:
        if _manager is None:
            manager = enginefacade.transaction_context()
            manager.configure(**_SETTINGS, **_options())
            # Several processes use the file. A write-ahead log would serve
            # them better, but whoever moves or copies the file would leave
            # the last flags of retained backups behind in it.
            manager.append_on_engine_create(sqlite.tune)
            # A file that was moved away must be missed.
            manager.append_on_engine_create(sqlite.never_create)
            manager.append_on_engine_create(timeouts.set_up)
            _manager = manager
    return _manager


def _options() -> dict[str, typing.Any]:
    group = CONF.backup_meta_catalog
    options = {
        option.dest: group[option.dest]
        for option in backup_meta_catalog.DATABASE_OPTS
    }
    if options['pool_timeout'] is None and not group.connection.startswith(
        'sqlite'
    ):
        # That of SQLAlchemy, 30 seconds, is more than a request has. With a
        # file of SQLite there is no pool.
        options['pool_timeout'] = _POOL_TIMEOUT
    return options


@contextlib.contextmanager
def reader(context: typing.Any) -> Iterator[typing.Any]:
    """Begin a transaction that reads.

    Inside, ``context.session`` is the session.
    """
    with _marking(), _get_manager().reader.using(context) as session:
        yield session


@contextlib.contextmanager
def writer(context: typing.Any) -> Iterator[typing.Any]:
    """Begin a transaction that writes.

    Inside, ``context.session`` is the session.

    :raises deadlines.Expired: if nobody waits any more; nothing is written
    """
    with _marking(), _get_manager().writer.using(context) as session:
        yield session
        deadlines.claim()


def bounded(function: _Function) -> _Function:
    """Return a function that ends in time, whatever the database does.

    It is meant for threads that answer requests, of which the database must
    not take the last one.

    :raises Refused: with CATALOG_UNAVAILABLE if the database does not answer
    """

    @functools.wraps(function)
    def call(*args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        try:
            return timeouts.bounded(lambda: function(*args, **kwargs))
        except deadlines.Expired:
            raise unavailable('it does not answer', _AWAY) from None
        except deadlines.Busy:
            raise unavailable(
                'too many requests are waiting for it', _AWAY
            ) from None

    return typing.cast(_Function, call)


@contextlib.contextmanager
def _marking() -> Iterator[None]:
    """Mark the errors of the database, for those who use both databases."""
    try:
        yield
    except errors.ERRORS as error:
        setattr(error, _MARK, True)
        raise


def is_own(error: BaseException) -> bool:
    """Return whether an error is one of this database, not of Cinder's."""
    return getattr(error, _MARK, False)


def get_engine() -> sa.engine.Engine:
    """Return the engine; connecting to a missing SQLite file fails."""
    return _get_manager().writer.get_engine()


def create_file() -> None:
    """Create the database if it is a file that does not exist."""
    sqlite.create_private(CONF.backup_meta_catalog.connection)


def is_missing() -> bool:
    """Return whether the database is a file that does not exist."""
    return sqlite.is_missing(CONF.backup_meta_catalog.connection)


def is_file_of(engine: sa.engine.Engine) -> bool:
    """Return whether the database is the file of another engine.

    :param engine: that of Cinder's database
    """
    own = sa.engine.make_url(CONF.backup_meta_catalog.connection)
    return (
        sqlite.is_file(engine)
        and own.get_backend_name() == 'sqlite'
        and os.path.realpath(own.database or '')
        == os.path.realpath(engine.url.database or '')
    )


def forget() -> None:
    """Close the connections; the next use reads the options again."""
    global _manager
    with _lock:
        manager, _manager = _manager, None
    if manager is not None and manager.is_started:
        manager.writer.get_engine().dispose()


@contextlib.contextmanager
def errors_refused() -> Iterator[None]:
    """Turn errors of the database into a refusal.

    :raises Refused: with CATALOG_UNAVAILABLE, and advice for the operator
    """
    try:
        yield
    except errors.ERRORS as error:
        raise refused(error) from error


def refused(error: BaseException) -> exception.Refused:
    """Return the refusal of an operation because of an error."""
    if errors.lacks_table(error):
        try:
            want_database()
        except exception.Refused as refusal:
            return refusal
    return unavailable(errors.in_short(error), errors.remedy(error, CHECK))


def want_database() -> None:
    """Require that the server still has the database.

    On a connection from before its removal, MariaDB and MySQL only say that it
    has no table.

    :raises Refused: if it does not
    """
    with errors_refused():
        engine = get_engine()
        if engine.dialect.name not in ('mysql', 'mariadb'):
            return
        schemata = sa.table(
            'schemata', sa.column('schema_name'), schema='information_schema'
        )
        query = sa.select(schemata.c.schema_name).where(
            schemata.c.schema_name == engine.url.database
        )
        with engine.connect() as connection:
            found = connection.execute(query).first()
    if found is None:
        raise unavailable(errors.NO_DATABASE, f'create it, or {CHECK}')


def unavailable(detail: str, remedy: str = CHECK) -> exception.Refused:
    """Return the refusal of an operation that needs the database.

    :param remedy: what the operator has to do
    """
    return exception.Refused(
        reasons.Reason.CATALOG_UNAVAILABLE,
        f"the plugin's own database cannot be used ({detail}): "
        f'{errors.without_files(remedy)}',
    )
