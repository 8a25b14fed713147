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

"""Conversion of a record string into fields and back.

A record string is what Cinder's REST API calls ``backup_url``: base64 of a
JSON object. Record strings are read by :func:`decode` only, which trusts
nothing in them; :func:`encode` writes exactly the bytes that
``cinder.objects.Backup.encode_record`` of Cinder 16.0 to 29.0 writes.
"""

import base64
import binascii
import datetime
import json
import time
import typing

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import fields
from cinder_backup_meta.record import limits
from cinder_backup_meta.record import strict_json

# Seconds by which another cloud's clock may be ahead of ours.
CLOCK_SKEW = 300

_NO_WHITESPACE = str.maketrans('', '', ' \t\r\n')


def decode(
    record_string: str, clock_skew: int = CLOCK_SKEW
) -> dict[str, typing.Any]:
    """Return the fields of a record string, which is not trusted.

    It takes the place of ``cinder.objects.Backup.decode_record``, which
    returns any JSON value without checking it.

    :param record_string: base64 of JSON, in one line or wrapped; a value that
        is not a string is refused as invalid base64
    :param clock_skew: seconds by which a timestamp may lie in the future
    :returns: the fields that the record has, by their names in
        :data:`cinder_backup_meta.record.fields.TABLE`, as Python values;
        timestamps are aware, in UTC and in whole seconds
    :raises RecordRefused: with the reason and, if a field is at fault, its
        name; nothing else is raised, whatever the string
    """
    values = strict_json.read(_decode_base64(record_string))
    if not isinstance(values, dict):
        raise exception.RecordRefused(
            reasons.Reason.RECORD_NOT_OBJECT,
            'it does not decode to a JSON object; copy the whole value that '
            'the export printed as backup_url',
        )
    _check_names(values)
    _read_fields(values)
    _check_past(values, clock_skew)
    return values


def encode(record: dict[str, typing.Any]) -> str:
    """Return the record string of some fields, as Cinder writes it.

    :param record: values by field name, as :func:`decode` returns them; an
        absent field is left out of the record
    :returns: one line of base64
    """
    document = {
        name: record[name] for name in fields.READERS if name in record
    }
    for name in fields.TIMESTAMPS:
        if document.get(name) is not None:
            document[name] = _write_timestamp(document[name])
    return base64.b64encode(json.dumps(document).encode()).decode('ascii')


def _decode_base64(record_string: str) -> bytes:
    if not isinstance(record_string, str):
        raise _not_base64()
    if len(record_string) > limits.MAX_RECORD_LENGTH:
        raise exception.RecordRefused(
            reasons.Reason.RECORD_TOO_LARGE,
            f'it is longer than {limits.MAX_RECORD_LENGTH} characters',
        )
    try:
        return _exact_base64(record_string)
    except ValueError:
        raise _not_base64() from None


def _not_base64() -> exception.RecordRefused:
    return exception.RecordRefused(
        reasons.Reason.RECORD_NOT_BASE64,
        'it is not valid base64; a part may be missing or altered: copy the '
        'whole value that the export printed as backup_url',
    )


def _exact_base64(written: str) -> bytes:
    """Return the decoded bytes of canonical base64.

    :raises ValueError: for any other character, padding or spare bit
    """
    # a2b_base64 skips invalid characters; encoding again reveals them.
    document = binascii.a2b_base64(written)
    again = base64.b64encode(document).decode('ascii')
    # Up to release 7.0 Cinder wrapped the lines at 76 characters.
    if again != written and again != written.translate(_NO_WHITESPACE):
        raise ValueError
    return document


def _check_names(values: dict[str, typing.Any]) -> None:
    if not fields.NAMES.issuperset(values):
        unknown = next(name for name in values if name not in fields.NAMES)
        raise exception.RecordRefused(
            reasons.Reason.UNKNOWN_FIELD,
            'no release of Cinder exports a field of this name',
            field=ascii(unknown[:64])[1:-1],
        )
    for name in fields.REQUIRED:
        if name not in values:
            raise exception.RecordRefused(
                reasons.Reason.MISSING_FIELD, 'is missing', field=name
            )


def _read_fields(values: dict[str, typing.Any]) -> None:
    """Replace each JSON value by its Python value."""
    readers, nullable = fields.READERS, fields.NULLABLE
    for name, value in values.items():
        if value is None and name in nullable:
            continue
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            raise _invalid(name, str(error)) from None


def _check_past(values: dict[str, typing.Any], clock_skew: int) -> None:
    latest = datetime.datetime.fromtimestamp(
        time.time() + clock_skew, datetime.timezone.utc
    )
    for name in fields.TIMESTAMPS:
        when = values.get(name)
        if when is not None and when > latest:
            raise _invalid(name, 'must not be in the future')


def _invalid(name: str, detail: str) -> exception.RecordRefused:
    return exception.RecordRefused(
        reasons.Reason.INVALID_FIELD, detail, field=name
    )


def _write_timestamp(when: datetime.datetime) -> str:
    # The same as strftime with '%Y-%m-%dT%H:%M:%SZ', which is slower.
    return when.isoformat(timespec='seconds')[:19] + 'Z'
