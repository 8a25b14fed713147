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

"""A JSON parser that is stricter than the standard library's.

:func:`json.loads` accepts what a record must not have: duplicate keys, NaN
and infinity, numbers and nesting of any length. Each is refused with its own
reason. The limits also keep the time and the memory that a document takes
small, because some of the code here runs in Python for each value.
"""

from collections.abc import Callable
import json
import typing

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits


def read(document: bytes) -> typing.Any:
    """Return the value of a JSON document.

    :raises RecordRefused: if it is not JSON in UTF-8, or exceeds a limit
    """
    text = _decode_utf8(document)
    brackets = text.count('{')
    if '[' in text:
        brackets += text.count('[')
    if brackets > limits.MAX_CONTAINERS:
        _check_containers(text)
    value = _parse(text)
    if brackets > limits.MAX_DEPTH and _is_too_deep(value):
        raise _too_deep()
    return value


def _check_containers(text: str) -> None:
    """Raise RecordRefused if a document has too many objects and lists.

    Brackets in strings, which are what an owner may write, do not count.
    """
    # Without the escapes each quotation mark begins or ends a string.
    plain = text.replace('\\\\', '').replace('\\"', '')
    outside = plain.split('"')[::2]
    number = sum(part.count('{') + part.count('[') for part in outside)
    if number > limits.MAX_CONTAINERS:
        raise exception.RecordRefused(
            reasons.Reason.RECORD_TOO_LARGE,
            f'it has more than {limits.MAX_CONTAINERS} objects and lists, and '
            'no record needs so many',
        )


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
        f'its objects and lists are nested deeper than {limits.MAX_DEPTH}',
    )


def _is_too_deep(value: typing.Any) -> bool:
    # Level by level, because deep nesting would break a recursion.
    level = _containers([value])
    for _ in range(limits.MAX_DEPTH):
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
            'it has a key more than once',
        )
    return document


def _refuse_constant(name: str) -> typing.NoReturn:
    raise exception.RecordRefused(
        reasons.Reason.RECORD_NOT_FINITE,
        f'it has {name}, which is not a JSON number',
    )


def _number(kind: Callable[[str], typing.Any]) -> Callable[[str], typing.Any]:
    """Return a parser of number literals of limited length."""

    def read_number(literal: str) -> typing.Any:
        # int() and float() of a very long literal are slow.
        if len(literal) > limits.MAX_NUMBER_LENGTH:
            raise exception.RecordRefused(
                reasons.Reason.RECORD_NUMBER_TOO_LONG,
                'it has a number of more than '
                f'{limits.MAX_NUMBER_LENGTH} characters',
            )
        return kind(literal)

    return read_number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys,
    parse_constant=_refuse_constant,
    parse_int=_number(int),
    parse_float=_number(float),
)
