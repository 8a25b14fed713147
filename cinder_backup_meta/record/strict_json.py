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

"""JSON, read more strictly than the standard library reads it.

What :func:`json.loads` lets through and a record must not have: a key twice,
NaN and infinity, numbers and nesting without end. Each is refused with a
reason of its own. The bounds also keep the time and the memory that any
document takes small, for parts of this run in Python once a value.

Nothing here needs Cinder to be installed.
"""

from collections.abc import Callable
import json
import typing

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import values as record_values

# The record itself, and driver_info, the deepest that it holds.
MAX_DEPTH = 1 + record_values.MAX_DEPTH

# A document has at most as many values as it has commas and opening brackets,
# those inside of strings included. A record of Cinder's own has about 30.
MAX_VALUES = 10000

# More than what a writer of JSON needs for any number of 64 bits.
MAX_NUMBER = 32


def read(document: bytes) -> typing.Any:
    """Return the value of a JSON document.

    :raises RecordRefused: if it is no JSON in UTF-8 or out of bounds
    """
    text = _decode_utf8(document)
    brackets = text.count('{')
    if '[' in text:
        brackets += text.count('[')
    # A short text has not the room for too many.
    if len(text) > MAX_VALUES and brackets + text.count(',') > MAX_VALUES:
        raise exception.RecordRefused(
            reasons.Reason.RECORD_TOO_LARGE,
            f'it has more than {MAX_VALUES} commas and opening brackets, and '
            'no record needs so many',
        )
    value = _parse(text)
    if brackets > MAX_DEPTH and _is_too_deep(value):
        raise _too_deep()
    return value


def _decode_utf8(document: bytes) -> str:
    try:
        return document.decode('utf-8')
    except UnicodeDecodeError:
        raise exception.RecordRefused(
            reasons.Reason.RECORD_NOT_UTF8, 'it is not UTF-8 text'
        ) from None


def _parse(text: str) -> typing.Any:
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise exception.RecordRefused(
            reasons.Reason.RECORD_NOT_JSON, 'it is not valid JSON'
        ) from None


def _too_deep() -> exception.RecordRefused:
    return exception.RecordRefused(
        reasons.Reason.RECORD_TOO_DEEP,
        f'its objects and lists are nested deeper than {MAX_DEPTH}',
    )


def _is_too_deep(value: typing.Any) -> bool:
    # Level by level: a recursion is what deep nesting would break.
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in _containers(
                outer.values() if isinstance(outer, dict) else outer
            )
        ]
    return bool(level)


def _containers(values: typing.Iterable[typing.Any]) -> list[typing.Any]:
    return [value for value in values if isinstance(value, (dict, list))]


def _unique_keys(
    pairs: list[tuple[str, typing.Any]],
) -> dict[str, typing.Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise exception.RecordRefused(
            reasons.Reason.DUPLICATE_FIELD,
            'a key stands in it more than once',
        )
    return document


def _refuse_constant(name: str) -> typing.NoReturn:
    raise exception.RecordRefused(
        reasons.Reason.RECORD_NOT_FINITE,
        f'it holds {name}, which is no number in JSON',
    )


def _number(kind: Callable[[str], typing.Any]) -> Callable[[str], typing.Any]:
    """Return a reader of number literals of at most MAX_NUMBER characters."""

    def read_number(literal: str) -> typing.Any:
        # int() and float() of a very long literal are slow.
        if len(literal) > MAX_NUMBER:
            raise exception.RecordRefused(
                reasons.Reason.RECORD_NUMBER_TOO_LONG,
                f'it holds a number of more than {MAX_NUMBER} characters',
            )
        return kind(literal)

    return read_number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_constant=_refuse_constant,
    parse_int=_number(int),
    parse_float=_number(float),
)
