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

"""The lines of a bundle, read as the untrusted document that it is.

Every function raises BundleRefused, and nothing else, if the line is not what
``doc/source/user/bundle.rst`` says.
"""

import operator
import re
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import place as places
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import strict_json
from cinder_backup_meta.record import values

_HEADER = frozenset(('format', 'version', 'created_at', 'cloud', 'selection'))
_ENTRY = frozenset(format.Entry._fields)
_in_order = operator.itemgetter(*format.Entry._fields)
_VERSION = re.compile(r'(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})', re.ASCII)
_text = values.text(255)


def read(line: bytes, place: places.Place) -> format.Document:
    """Return the JSON object of a line."""
    try:
        document = strict_json.read(line)
    except exception.RecordRefused as error:
        raise _invalid(place, str(error.kwargs['detail'])) from None
    if not isinstance(document, dict):
        raise _invalid(place, 'it is no JSON object')
    return document


def read_header(line: bytes | None, place: places.Place) -> format.Header:
    """Return what the first line says.

    :param line: None if the file has none
    """
    document = _read_format(line, place)
    newer = _is_newer(document.get('version'), place)
    _check_keys(document, _HEADER, newer, place)
    try:
        values.timestamp(document['created_at'])
        if document['cloud'] is not None:
            _text(document['cloud'])
        values.json_object(document['selection'])
    except ValueError as error:
        raise _invalid(place, f'a value of the header {error}') from None
    return format.Header(
        version=document['version'],
        created_at=document['created_at'],
        cloud=document['cloud'],
        selection=document['selection'],
    )


def _read_format(line: bytes | None, place: places.Place) -> format.Document:
    try:
        document = read(line or b'', place)
    except exception.Refused:
        document = {}
    if document.get('format') != format.FORMAT:
        raise place.refused_whole(
            reasons.Reason.BUNDLE_NOT_A_BUNDLE,
            'it does not begin as a bundle does; give a file that an export '
            'has written',
        )
    return document


def _is_newer(version: typing.Any, place: places.Place) -> bool:
    """Tell whether lines may have keys that this release does not know."""
    match = isinstance(version, str) and _VERSION.fullmatch(version)
    if not match:
        raise _invalid(place, 'version must be such as "1.0"')
    if int(match[1]) != format.MAJOR:
        raise place.refused_whole(
            reasons.Reason.BUNDLE_VERSION_UNKNOWN,
            f'it is a bundle of version {version} and this release reads '
            f'version {format.MAJOR}; install a newer release',
        )
    return int(match[2]) > format.MINOR


def is_newer(header: format.Header, place: places.Place) -> bool:
    """Tell whether keys that nobody knows are to be left aside."""
    return _is_newer(header.version, place)


def read_entry(
    document: format.Document, newer: bool, place: places.Place
) -> format.Entry:
    """Return the record that a line holds."""
    if document.keys() != _ENTRY:
        _check_keys(document, _ENTRY, newer, place)
    entry = format.Entry(*_in_order(document))
    name = 'id'
    try:
        values.uuid(entry.id)
        name = 'parent_id'
        if entry.parent_id is not None:
            values.uuid(entry.parent_id)
        name = 'backup_service'
        _text(entry.backup_service)
        name = 'backup_url'
        _record_string(entry.backup_url)
    except ValueError as error:
        raise _invalid(place, f'{name} {error}') from None
    return entry


def _record_string(value: typing.Any) -> None:
    # The service reads it strictly, each record for itself.
    if not isinstance(value, str) or not value:
        raise ValueError('must be a record string')


def _check_keys(
    document: format.Document,
    known: frozenset[str],
    newer: bool,
    place: places.Place,
) -> None:
    missing = sorted(known - document.keys())
    if missing:
        raise _invalid(place, f'the key {missing[0]} is missing')
    if not newer and document.keys() != known:
        raise _invalid(place, 'it has a key that the format does not have')


def _invalid(place: places.Place, detail: str) -> exception.Refused:
    return place.refused(
        reasons.Reason.BUNDLE_LINE_INVALID,
        f'{detail}; do not edit bundles: copy it again, or export again',
    )
