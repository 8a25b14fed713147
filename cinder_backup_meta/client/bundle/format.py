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

"""The format of a bundle: its lines, written and read.

``doc/source/user/bundle.rst`` describes it. Each line is a JSON object: the
first is the header, the last is the trailer, and each one between them is a
record. A parent comes before its children, and no backup comes twice.

What is read is untrusted. A function that reads raises BundleRefused, and
nothing else, if the line does not follow the format.
"""

import dataclasses
import datetime
import hashlib
import json
import operator
import re
import typing

from cinder_backup_meta.client.bundle import location
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits
from cinder_backup_meta.record import strict_json
from cinder_backup_meta.record import values

FORMAT = 'cinder-backup-meta bundle'

# A reader cannot read a bundle of a newer major version. A newer minor version
# only adds keys, which an older reader may ignore.
MAJOR, MINOR = 1, 0

#: The longest line in bytes: a record string and the keys around it
MAX_LINE = limits.MAX_RECORD_LENGTH + 4096

Document = dict[str, typing.Any]


class Entry(typing.NamedTuple):
    """One record of a bundle; the fields are the keys of its line.

    :ivar id: of the backup
    :ivar parent_id: of the backup that this one is incremental to, or None
    :ivar backup_service: the driver, as Cinder's export names it
    :ivar backup_url: the record string
    """

    id: str
    parent_id: str | None
    backup_service: str
    backup_url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Header:
    """The first line; the attributes are its keys, besides ``format``.

    :ivar version: of the format
    :ivar created_at: when the export began, as ``2026-01-31T12:00:00Z``
    :ivar cloud: the endpoint that was exported from, or None
    :ivar selection: what was asked for; empty for the whole cloud
    """

    version: str
    created_at: str
    cloud: str | None
    selection: Document

    @classmethod
    def now(cls, cloud: str | None, selection: Document) -> 'Header':
        """Return the header of an export that begins now."""
        when = datetime.datetime.now(datetime.timezone.utc)
        return cls(
            f'{MAJOR}.{MINOR}', f'{when:%Y-%m-%dT%H:%M:%SZ}', cloud, selection
        )


_HEADER_KEYS = frozenset(
    ('format', *(field.name for field in dataclasses.fields(Header)))
)
_ENTRY_KEYS = frozenset(Entry._fields)
_entry_values = operator.itemgetter(*Entry._fields)
_VERSION = re.compile(r'(0|[1-9]\d{0,3})\.(0|[1-9]\d{0,3})', re.ASCII)
_identifier = values.identifier(255)


class Tally:
    """The contents of the trailer: the number of records and a digest.

    :ivar records: the number of records so far
    """

    def __init__(self) -> None:
        self.records = 0
        self._digest = hashlib.sha256()

    def add_header(self, line: bytes) -> None:
        """Add the first line to the digest."""
        self._digest.update(line)

    def add_record(self, line: bytes) -> None:
        """Add the line of a record to the digest, and count it."""
        self._digest.update(line)
        self.records += 1

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines so far, in hexadecimal."""
        return self._digest.hexdigest()

    def trailer(self) -> bytes:
        """Return the last line of a bundle that consists of these lines."""
        return write({'records': self.records, 'sha256': self.digest})


class Order:
    """A check of the order: no backup comes twice, no parent after a child.

    It takes about 100 bytes a record, and nothing else of a bundle stays in
    memory.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._awaited: set[bytes] = set()

    def __contains__(self, backup_id: str) -> bool:
        return _packed(backup_id) in self._seen

    def add(self, entry: Entry, where: location.Location) -> None:
        """Add the next record.

        :raises BundleRefused: if its backup, or a child of it, has been added
            before
        """
        packed = _packed(entry.id)
        if packed in self._seen:
            raise where.refused(
                reasons.Reason.BUNDLE_DUPLICATE,
                f'backup {entry.id} is in the bundle already; export again',
            )
        if entry.parent_id is not None:
            parent = _packed(entry.parent_id)
            if parent not in self._seen:
                self._awaited.add(parent)
        if packed in self._awaited:
            raise where.refused(
                reasons.Reason.BUNDLE_ORDER,
                f'backup {entry.id} comes after a backup that is incremental '
                'to it, or is its own parent; export again',
            )
        self._seen.add(packed)


def _packed(backup_id: str) -> bytes:
    return bytes.fromhex(backup_id.replace('-', ''))


def write(document: Document) -> bytes:
    """Return the line of a document."""
    return json.dumps(document).encode('ascii') + b'\n'


def write_header(header: Header) -> bytes:
    """Return the line of a header."""
    return write({'format': FORMAT, **dataclasses.asdict(header)})


def write_entry(entry: Entry) -> bytes:
    """Return the line of a record."""
    return write(entry._asdict())


def read(line: bytes, where: location.Location) -> Document:
    """Return the JSON object in a line."""
    try:
        document = strict_json.read(line)
    except exception.RecordRefused as error:
        raise _invalid(where, str(error.kwargs['detail'])) from None
    if not isinstance(document, dict):
        raise _invalid(where, 'it is not a JSON object')
    return document


def read_header(line: bytes | None, where: location.Location) -> Header:
    """Return the header in the first line.

    :param line: None if the file is empty
    """
    document = _read_format(line, where)
    newer = _is_newer(document.get('version'), where)
    _check_keys(document, _HEADER_KEYS, newer, where)
    try:
        values.timestamp(document['created_at'])
        if document['cloud'] is not None:
            _identifier(document['cloud'])
        values.json_object(document['selection'])
    except ValueError as error:
        raise _invalid(where, f'a value of the header {error}') from None
    return Header(
        version=document['version'],
        created_at=document['created_at'],
        cloud=document['cloud'],
        selection=document['selection'],
    )


def _read_format(line: bytes | None, where: location.Location) -> Document:
    try:
        document = read(line or b'', where)
    except exception.Refused:
        document = {}
    if document.get('format') != FORMAT:
        raise where.refused_whole(
            reasons.Reason.BUNDLE_NOT_A_BUNDLE,
            'it does not begin like a bundle; use a file that an export has '
            'written',
        )
    return document


def _is_newer(version: typing.Any, where: location.Location) -> bool:
    match = isinstance(version, str) and _VERSION.fullmatch(version)
    if not match:
        raise _invalid(where, 'version must have the form "1.0"')
    if int(match[1]) != MAJOR:
        raise where.refused_whole(
            reasons.Reason.BUNDLE_VERSION_UNKNOWN,
            f'it is a bundle of version {version} and this release reads '
            f'version {MAJOR}; install a newer release',
        )
    return int(match[2]) > MINOR


def is_newer(header: Header, where: location.Location) -> bool:
    """Return whether lines may have keys that this release does not know."""
    return _is_newer(header.version, where)


def read_entry(
    document: Document, newer: bool, where: location.Location
) -> Entry:
    """Return the record in the JSON object of a line.

    :param newer: ignore unknown keys, see :func:`is_newer`
    """
    if document.keys() != _ENTRY_KEYS:
        _check_keys(document, _ENTRY_KEYS, newer, where)
    entry = Entry(*_entry_values(document))
    try:
        check_entry(entry)
    except ValueError as error:
        raise _invalid(where, str(error)) from None
    return entry


def check_entry(entry: Entry) -> None:
    """Raise ValueError if a bundle cannot hold a record.

    The writer asks this too: one line that the reader refuses makes all of a
    bundle unreadable.
    """
    name = 'id'
    try:
        values.uuid(entry.id)
        name = 'parent_id'
        if entry.parent_id is not None:
            values.uuid(entry.parent_id)
        name = 'backup_service'
        _identifier(entry.backup_service)
        name = 'backup_url'
        _check_record_string(entry.backup_url)
    except ValueError as error:
        raise ValueError(f'{name} {error}') from None


def _check_record_string(value: typing.Any) -> None:
    # The service decodes each record string strictly.
    if not isinstance(value, str) or not value:
        raise ValueError('must be a record string')


def _check_keys(
    document: Document,
    known: frozenset[str],
    newer: bool,
    where: location.Location,
) -> None:
    missing = sorted(known - document.keys())
    if missing:
        raise _invalid(where, f'the key {missing[0]} is missing')
    if not newer and document.keys() != known:
        raise _invalid(where, 'it has a key that is not part of the format')


def _invalid(where: location.Location, detail: str) -> exception.Refused:
    return where.refused(
        reasons.Reason.BUNDLE_LINE_INVALID,
        f'{detail}; do not edit bundles: copy it again, or export again',
    )
