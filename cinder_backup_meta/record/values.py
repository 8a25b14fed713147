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

"""Readers of the single values of a backup record.

A reader takes a JSON value and returns the Python value, or raises ValueError
with a sentence that says what the value must be. The sentence never repeats
the value: a record may contain what must not be logged.
"""

from collections.abc import Callable
import datetime
import math
import re
import typing

from cinder_backup_meta.record import limits

# The largest number that fits into an INTEGER column of Cinder's tables.
MAX_INTEGER = 2**31 - 1

# The length of the columns for the keys and values of backup metadata, and of
# those for ids.
MAX_METADATA_TEXT = 255
MAX_ID = 36

_UUID = re.compile(
    '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
)
# The ids of volumes, snapshots and keys, which occur in the names of objects
# and in the URLs of key managers.
_FOREIGN_ID = re.compile(f'[0-9A-Za-z_-]{{1,{MAX_ID}}}')
# To the second; only some releases of Python accept 24 as the hour.
_SECONDS = r'\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d'
# The form that Cinder writes, and the other forms that are accepted.
_TIMESTAMP = re.compile(_SECONDS + 'Z', re.ASCII)
_SPELLINGS = re.compile(
    rf'({_SECONDS})(?:\.\d{{1,6}})?(?:Z|([+-]\d\d:\d\d))?', re.ASCII
)
_SURROGATE = re.compile('[\ud800-\udfff]')


def text(limit: int) -> Callable[[typing.Any], str]:
    """Return a reader of strings of at most ``limit`` characters."""

    def read(value: typing.Any) -> str:
        if not isinstance(value, str):
            raise ValueError('must be a string')
        if len(value) > limit:
            raise ValueError(f'must not be longer than {limit} characters')
        _check_encodable(value)
        return value

    return read


def _check_encodable(value: str) -> None:
    # NUL is not refused: SQLite, MySQL and MariaDB store it, and Cinder's REST
    # API accepts it in names and metadata. PostgreSQL refuses it by itself.
    # Half of a surrogate pair has no UTF-8 form, so no database stores it. The
    # search is slow, and ASCII text does not need it.
    if not value.isascii() and _SURROGATE.search(value):
        raise ValueError('must not contain unpaired surrogates')


def identifier(limit: int) -> Callable[[typing.Any], str]:
    """Return a reader of ids and names that no person has chosen.

    They are printed and logged more often than others, and nothing that makes
    them has a use for characters that are not printable.
    """
    read_text = text(limit)

    def read(value: typing.Any) -> str:
        if not read_text(value).isprintable():
            raise ValueError(
                'must not contain line breaks or other characters that cannot '
                'be printed'
            )
        return typing.cast(str, value)

    return read


def integer(lowest: int) -> Callable[[typing.Any], int]:
    """Return a reader of whole numbers from ``lowest`` to MAX_INTEGER."""

    def read(value: typing.Any) -> int:
        # bool is a subclass of int, but true is not a number here.
        if type(value) is not int:
            raise ValueError('must be a whole number')
        if not lowest <= value <= MAX_INTEGER:
            raise ValueError(f'must be from {lowest} to {MAX_INTEGER}')
        return value

    return read


def uuid(value: typing.Any) -> str:
    """Return the id of a backup, a UUID in the form that Cinder writes.

    Other spellings of the same UUID are refused, because object names in the
    repository contain the id in this form.
    """
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise ValueError(
            'must be a UUID of 32 lower-case hexadecimal digits in five '
            'groups joined by hyphens'
        )
    return value


def foreign_id(value: typing.Any) -> str:
    """Return the id of a volume, a snapshot or an encryption key.

    Cinder takes these ids from elsewhere and stores them as they are: Vault's
    key manager writes UUIDs without hyphens, MariaDB finds a volume by its id
    in upper case, and imports by Cinder up to 2015.1 have the volume id
    0000-0000-0000-0000.
    """
    if not isinstance(value, str) or not _FOREIGN_ID.fullmatch(value):
        raise ValueError(
            f'must be an id of at most {MAX_ID} ASCII letters, digits, '
            'hyphens and underscores'
        )
    return value


def boolean(value: typing.Any) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise ValueError('must be true or false')
    return value


def timestamp(value: typing.Any) -> datetime.datetime:
    """Return a time in UTC, in whole seconds.

    Releases up to 2015.1 wrote microseconds and no zone, later ones whole
    seconds and ``Z``; both mean UTC.
    """
    if isinstance(value, str) and _TIMESTAMP.fullmatch(value):
        spelled = value[:-1] + '+00:00'
    else:
        spelled = _normalize(value)
    try:
        when = datetime.datetime.fromisoformat(spelled)
        when = when.astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError('is not a date and time that exists') from None
    return when


def _normalize(value: typing.Any) -> str:
    """Return a timestamp in a form that Python 3.10 can parse."""
    match = _SPELLINGS.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(
            'must be a date and time such as 2026-01-31T12:00:00Z'
        )
    seconds, offset = match.groups()
    return seconds + (offset or '+00:00')


_metadata_text = text(MAX_METADATA_TEXT)


def string_map(value: typing.Any) -> dict[str, str]:
    """Return a mapping of strings that fit into the columns of metadata."""
    if not isinstance(value, dict):
        raise ValueError('must be an object of strings')
    for key, item in value.items():
        try:
            _metadata_text(key)
            _metadata_text(item)
        except ValueError as error:
            raise ValueError(f'each key and value {error}') from None
    return value


def json_object(value: typing.Any) -> dict[str, typing.Any]:
    """Return an object whose structure only the backup driver knows.

    Its depth is limited, and every string in it has a UTF-8 form.
    """
    if not isinstance(value, dict):
        raise ValueError('must be an object')
    _check_json(value, limits.MAX_DRIVER_INFO_DEPTH)
    return value


def _check_json(value: typing.Any, depth: int) -> None:
    if isinstance(value, str):
        _check_encodable(value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError('must not contain a number that is not finite')
    elif isinstance(value, (dict, list)):
        if depth == 0:
            raise ValueError(
                'must not be nested deeper than '
                f'{limits.MAX_DRIVER_INFO_DEPTH}'
            )
        if isinstance(value, dict):
            for key in value:
                _check_json(key, depth)
            value = value.values()
        for item in value:
            _check_json(item, depth - 1)
