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

"""Record string to fields and back.

A record string is what Cinder's REST API calls ``backup_url``: base64 of a
JSON object. :func:`decode` is the only place where a record string is read,
and it takes nothing on trust; :func:`encode` writes what
``cinder.objects.Backup.encode_record`` of Cinder 16.0 to 29.0 writes, byte
for byte.

Nothing here needs Cinder to be installed.
"""

import base64
import binascii
import datetime
import json
import typing

from cinder_backup_meta import exception
from cinder_backup_meta import reason
from cinder_backup_meta import record_fields

# A record of Cinder's own is under 4 KiB; what a driver adds is bounded too.
MAX_LENGTH = 2**20

# Seconds by which another cloud's clock may be ahead of ours.
CLOCK_SKEW = 300

# More digits than any column holds; int() of a very long number is slow.
_MAX_DIGITS = 20

_SPACES = str.maketrans('', '', ' \t\r\n')


class _DuplicateKey(ValueError):
    pass


def decode(
    record_string: str, clock_skew: int = CLOCK_SKEW
) -> dict[str, typing.Any]:
    """Read a record string as the untrusted document that it is.

    Stricter than ``cinder.objects.Backup.decode_record``, which it stands in
    for: that one returns whatever JSON there is.

    :param record_string: base64 of JSON, in one line or wrapped
    :param clock_skew: seconds by which a timestamp may lie in the future
    :returns: the fields that the record has, by their names in
        :data:`cinder_backup_meta.record_fields.TABLE`, as Python values;
        timestamps are aware and in UTC
    :raises RecordRefused: with the reason, and the field where one is at
        fault
    """
    document = _parse(_decode_base64(record_string))
    if not isinstance(document, dict):
        raise exception.RecordRefused(
            reason.Reason.RECORD_NOT_OBJECT,
            'it does not decode to a JSON object; copy the whole value that '
            'the export printed as backup_url',
        )
    _check_names(document)
    latest = datetime.datetime.now(datetime.timezone.utc)
    latest += datetime.timedelta(seconds=clock_skew)
    return {
        name: _read_field(record_fields.BY_NAME[name], value, latest)
        for name, value in document.items()
    }


def encode(record: dict[str, typing.Any]) -> str:
    """Write fields as a record string, as Cinder writes it.

    :param record: values by field name, as :func:`decode` returns them; a
        field that is absent is left out of the record
    :returns: one line of base64
    """
    document = {
        field.name: _to_json(record[field.name])
        for field in record_fields.TABLE
        if field.name in record
    }
    return base64.b64encode(json.dumps(document).encode()).decode('ascii')


def _decode_base64(record_string: str) -> bytes:
    if len(record_string) > MAX_LENGTH:
        raise exception.RecordRefused(
            reason.Reason.RECORD_TOO_LARGE,
            f'it is longer than {MAX_LENGTH} characters',
        )
    try:
        # Up to release 7.0 Cinder wrapped the lines at 76 characters.
        return base64.b64decode(
            record_string.translate(_SPACES), validate=True
        )
    except (binascii.Error, ValueError):
        raise exception.RecordRefused(
            reason.Reason.RECORD_NOT_BASE64,
            'it is not valid base64; a part may be missing or altered, so '
            'copy the whole value that the export printed as backup_url',
        ) from None


def _parse(document: bytes) -> typing.Any:
    try:
        return json.loads(
            document.decode('utf-8'),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_int=_parse_int,
        )
    except UnicodeDecodeError:
        code, detail = reason.Reason.RECORD_NOT_UTF8, 'it is not UTF-8 text'
    except RecursionError:
        code, detail = reason.Reason.RECORD_TOO_DEEP, 'it is nested too deep'
    except _DuplicateKey:
        code, detail = (
            reason.Reason.DUPLICATE_FIELD,
            'a key stands in it more than once',
        )
    except ValueError:
        code, detail = reason.Reason.RECORD_NOT_JSON, 'it is not valid JSON'
    raise exception.RecordRefused(code, detail)


def _unique_keys(pairs: list[tuple[str, typing.Any]]) -> dict:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise _DuplicateKey
    return document


def _refuse_constant(name: str) -> typing.NoReturn:
    raise ValueError(name)


def _parse_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError('number too long')
    return int(digits)


def _check_names(document: dict[str, typing.Any]) -> None:
    for name in document:
        if name not in record_fields.BY_NAME:
            raise exception.RecordRefused(
                reason.Reason.UNKNOWN_FIELD,
                'no release of Cinder exports a field of this name',
                field=ascii(name[:64])[1:-1],
            )
    for name in record_fields.REQUIRED:
        if name not in document:
            raise exception.RecordRefused(
                reason.Reason.MISSING_FIELD, 'is missing', field=name
            )


def _read_field(
    field: record_fields.Field, value: typing.Any, latest: datetime.datetime
) -> typing.Any:
    if value is None and field.nullable:
        return None
    try:
        value = field.read(value)
        if isinstance(value, datetime.datetime) and value > latest:
            raise ValueError('must not be in the future')
    except ValueError as error:
        raise exception.RecordRefused(
            reason.Reason.INVALID_FIELD, str(error), field=field.name
        ) from None
    return value


def _to_json(value: typing.Any) -> typing.Any:
    if isinstance(value, datetime.datetime):
        return value.strftime('%Y-%m-%dT%H:%M:%SZ')
    return value
