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

# A record from anywhere may not say that its backup is older than Cinder
# itself, whose first release was in 2012.
EARLIEST = datetime.datetime(2012, 1, 1, tzinfo=datetime.timezone.utc)

# How many unknown keys a refusal names.
_NAMED = 5

_NO_WHITESPACE = str.maketrans('', '', ' \t\r\n')


def decode(
    record_string: str,
    clock_skew: int | None = CLOCK_SKEW,
    ignore_unknown: bool = False,
) -> dict[str, typing.Any]:
    """Return the fields of a record string, which is not trusted.

    It takes the place of ``cinder.objects.Backup.decode_record``, which
    returns any JSON value without checking it.

    :param record_string: base64 of JSON, in one line or wrapped; a value that
        is not a string is refused as invalid base64
    :param clock_skew: seconds by which a timestamp may lie in the future; with
        None any date is accepted, for records made of this cloud's own rows: a
        clock that was wrong is no reason to lose a backup
    :param ignore_unknown: read a record with keys that are no fields without
        them, as Cinder does, instead of refusing it
    :returns: the fields that the record has, by their names in
        :data:`cinder_backup_meta.record.fields.TABLE`, as Python values;
        timestamps are aware, in UTC and in whole seconds. A field that an
        import does not use is None if its value cannot be read
    :raises RecordRefused: with the reason, the name of the field at fault and
        the names of the backup, as far as there are any; nothing else is
        raised, whatever the string
    """
    values = strict_json.read(_decode_base64(record_string))
    if not isinstance(values, dict):
        raise exception.RecordRefused(
            reasons.Reason.RECORD_NOT_OBJECT,
            'it does not decode to a JSON object; copy the whole value that '
            'the export printed as backup_url',
        )
    try:
        _check_names(values, ignore_unknown)
        _read_fields(values)
        if clock_skew is not None:
            _check_times(values, clock_skew)
    except exception.RecordRefused as error:
        raise error.naming(_names(values)) from None
    return values


def read_back(record_string: str) -> exception.RecordRefused | None:
    """Return why a record that was made here would be refused one day.

    Whoever writes a record for later asks this while its backup is still
    there. The times are not judged: they may be read by then.

    :returns: None if it can be read
    """
    try:
        decode(record_string, clock_skew=None)
    except exception.RecordRefused as error:
        return error
    return None


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


def _check_names(values: dict[str, typing.Any], ignore_unknown: bool) -> None:
    if not fields.NAMES.issuperset(values):
        _drop_unknown(values, ignore_unknown)
    for name in fields.REQUIRED:
        if name not in values:
            raise exception.RecordRefused(
                reasons.Reason.MISSING_FIELD, 'is missing', field=name
            )


def _drop_unknown(values: dict[str, typing.Any], ignore: bool) -> None:
    """Remove the keys that are no fields.

    :raises RecordRefused: if they may mean something and are not to be ignored
    """
    unknown = [name for name in values if name not in fields.NAMES]
    telling = [
        name
        for name in unknown
        if values[name] is not None or name not in fields.MEANINGLESS_NULLS
    ]
    if telling and not ignore:
        raise exception.RecordRefused(
            reasons.Reason.UNKNOWN_FIELD,
            'not known to this release; to import the record without, send '
            '"ignore_unknown": true (--ignore-unknown)',
            field=_list_names(telling),
        )
    for name in unknown:
        del values[name]


def _names(values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return those of the naming fields that can be read."""
    named = {}
    for name in fields.NAMING:
        try:
            named[name] = fields.READERS[name](values[name])
        except (KeyError, ValueError):
            continue
    return named


def _list_names(names: list[str]) -> str:
    quoted = [ascii(name[:64])[1:-1] for name in names[:_NAMED]]
    if len(names) > _NAMED:
        quoted.append(f'and {len(names) - _NAMED} more')
    return ', '.join(quoted)


def _read_fields(values: dict[str, typing.Any]) -> None:
    """Replace each JSON value by its Python value."""
    readers, nullable = fields.READERS, fields.NULLABLE
    for name, value in values.items():
        if value is None and name in nullable:
            continue
        try:
            values[name] = readers[name](value)
        except ValueError as error:
            if name not in fields.UNJUDGED and (
                value != '' or name not in fields.EMPTY_IS_NULL
            ):
                raise _invalid(name, str(error)) from None
            values[name] = None


def _check_times(values: dict[str, typing.Any], clock_skew: int) -> None:
    latest = datetime.datetime.fromtimestamp(
        time.time() + clock_skew, datetime.timezone.utc
    )
    for name in fields.JUDGED_TIMESTAMPS:
        when = values.get(name)
        if when is None:
            continue
        if when < EARLIEST:
            raise _invalid(
                name, f'must not be before the year {EARLIEST.year}'
            )
        if when > latest:
            raise _invalid(
                name,
                f'must not be more than {clock_skew} seconds in the future '
                '(the option [backup_meta] clock_skew); if the clock of the '
                'cloud that it comes from was ahead, raise the option',
            )


def _invalid(name: str, detail: str) -> exception.RecordRefused:
    return exception.RecordRefused(
        reasons.Reason.INVALID_FIELD, detail, field=name
    )


def _write_timestamp(when: datetime.datetime) -> str:
    # The same as strftime with '%Y-%m-%dT%H:%M:%SZ', which is slower.
    return when.isoformat(timespec='seconds')[:19] + 'Z'
