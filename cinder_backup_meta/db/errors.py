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

"""Errors of databases: which there are, and what to say about them."""

import re

from oslo_config import cfg
from oslo_db import exception as db_exception
from sqlalchemy import exc as sa_exception

#: What is raised if a database cannot be used. oslo.db wraps some errors of
#: SQLAlchemy and lets others through; a database driver that is not installed
#: is an ImportError.
ERRORS: tuple[type[Exception], ...] = (
    db_exception.DBError,
    db_exception.CantStartEngineError,
    sa_exception.SQLAlchemyError,
    ImportError,
)

_OF_VALUES = (
    db_exception.DBDataError,
    db_exception.DBInvalidUnicodeParameter,
    sa_exception.DataError,
    ValueError,
)

_LENGTH = 80

# What drivers and servers say of a state that passes by itself, with settings
# that are right.
_BUSY = re.compile(
    'is locked|lock wait timeout|lock timeout|deadlock|serialize access'
    '|too many (connections|clients)|remaining connection slots'
    '|queuepool limit|(starting up|shutting down)|shutdown in progress',
    re.IGNORECASE,
)


_FULL = re.compile(
    'disk is full|disk full|no space left|could not extend file'
    r'|table \S+ is full|disk quota exceeded',
    re.IGNORECASE,
)
_READ_ONLY = re.compile('readonly database|read-only', re.IGNORECASE)
_NO_DATABASE = re.compile(
    r'unknown database|no database selected|database "\S+" does not exist',
    re.IGNORECASE,
)

_NO_TABLE = re.compile(
    r"no such table|table \S+ doesn't exist|relation \S+ does not exist",
    re.IGNORECASE,
)

#: What is said of a database that its server does not have.
NO_DATABASE = 'the database does not exist'


def in_short(error: BaseException) -> str:
    """Return the message of the driver, without statement and values."""
    said = _said(error)
    if _NO_DATABASE.search(str(said)):
        return NO_DATABASE
    # MySQL's drivers give a number and a text, PostgreSQL's several lines.
    text = str(said.args[-1] if said.args else said).strip()
    text = text.partition('\n')[0]
    return text if len(text) <= _LENGTH else text[: _LENGTH - 3] + '...'


def _said(error: BaseException) -> BaseException:
    """Return the error of the driver, which has no values of a statement."""
    inner = getattr(error, 'inner_exception', None) or error
    return getattr(inner, 'orig', None) or inner


def _whole_text(error: BaseException) -> str:
    inner = getattr(error, 'inner_exception', None) or error
    return f'{error} {getattr(inner, "orig", None) or inner}'


def lacks_table(error: BaseException) -> bool:
    """Return whether a database does not have a table."""
    return bool(_NO_TABLE.search(str(_said(error))))


def is_busy(error: BaseException) -> bool:
    """Return whether the database may be used again after a while."""
    return isinstance(
        error, (db_exception.DBDeadlock, db_exception.RetryRequest)
    ) or bool(_BUSY.search(_whole_text(error)))


def remedy(error: BaseException, setting: str) -> str:
    """Return what an operator has to do about an error.

    :param setting: what to do if a setting may be wrong
    """
    if is_busy(error):
        return 'it is busy, try again later'
    text = str(_said(error))
    if _FULL.search(text):
        return (
            'make room on the disk of its server or, if it is a file, on that '
            'of this host'
        )
    if _READ_ONLY.search(text):
        return (
            'check who may write to it: the server, or the mode and owner of '
            'the file and of its directory'
        )
    if _NO_DATABASE.search(text):
        return f'create it, or {setting}'
    return setting


def without_files(advice: str) -> str:
    """Return advice on settings, for a command that has read none.

    :param advice: what to do if a setting may be wrong
    """
    if any(
        getattr(cfg.CONF, name, None) for name in ('config_file', 'config_dir')
    ):
        return advice
    return (
        f'{advice}; no configuration file was read: give that of Cinder with '
        '--config-file'
    )


def is_of_value(error: BaseException) -> bool:
    """Return whether a database has refused a value.

    oslo.db has classes for only some of these errors. MySQL's "incorrect
    string value", for a character that utf8mb3 lacks, stays a plain DBError;
    so does what a driver raises before it asks the server, such as psycopg2's
    ValueError for a NUL.
    """
    inner = getattr(error, 'inner_exception', None)
    return any(isinstance(one, _OF_VALUES) for one in (error, inner))
