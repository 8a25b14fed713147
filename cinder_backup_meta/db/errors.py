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


def in_short(error: BaseException) -> str:
    """Return the message of the driver, without statement and values."""
    inner = getattr(error, 'inner_exception', None) or error
    said = getattr(inner, 'orig', None) or inner
    # MySQL's drivers give a number and a text, PostgreSQL's several lines.
    text = str(said.args[-1] if said.args else said).strip()
    text = text.partition('\n')[0]
    return text if len(text) <= _LENGTH else text[: _LENGTH - 3] + '...'


def _whole_text(error: BaseException) -> str:
    inner = getattr(error, 'inner_exception', None) or error
    return f'{error} {getattr(inner, "orig", None) or inner}'


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
    return setting


def is_of_value(error: BaseException) -> bool:
    """Return whether a database has refused a value.

    oslo.db has classes for only some of these errors. MySQL's "incorrect
    string value", for a character that utf8mb3 lacks, stays a plain DBError;
    so does what a driver raises before it asks the server, such as psycopg2's
    ValueError for a NUL.
    """
    inner = getattr(error, 'inner_exception', None)
    return any(isinstance(one, _OF_VALUES) for one in (error, inner))
