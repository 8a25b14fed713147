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

"""What a bundle consists of, and how it is written.

``doc/source/user/bundle.rst`` describes the format. A line is a JSON object:
the first is the header, the last the trailer, each one between is a record.
"""

import dataclasses
import datetime
import hashlib
import json
import typing

from cinder_backup_meta.record import codec

FORMAT = 'cinder-backup-meta bundle'

# A new major version is one that an older reader can't read. A new minor one
# only adds keys that an older reader may leave aside.
MAJOR, MINOR = 1, 0

#: The longest line in bytes: a record string with what stands around it.
MAX_LINE = codec.MAX_LENGTH + 4096

Document = dict[str, typing.Any]


class Entry(typing.NamedTuple):
    """One record of a bundle; its names are the keys of the line.

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
    """The first line; its names are keys, beside that of the format.

    :ivar version: of the format
    :ivar created_at: when the export began, as ``2026-01-31T12:00:00Z``
    :ivar cloud: the endpoint that was exported from, or None
    :ivar selection: what was asked for; empty for all of the cloud
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


class Tally:
    """What the trailer sums up: how many records, and a digest of all lines.

    :ivar records: the number of records so far
    """

    def __init__(self) -> None:
        self.records = 0
        self._digest = hashlib.sha256()

    def add_header(self, line: bytes) -> None:
        """Take the first line into the digest."""
        self._digest.update(line)

    def add_record(self, line: bytes) -> None:
        """Take the line of a record into the digest, and count it."""
        self._digest.update(line)
        self.records += 1

    @property
    def digest(self) -> str:
        """The SHA-256 of all lines so far, in hexadecimal."""
        return self._digest.hexdigest()

    def trailer(self) -> bytes:
        """Return the last line of a bundle that has just these lines."""
        return write({'records': self.records, 'sha256': self.digest})


def write(document: Document) -> bytes:
    """Return the line of a document."""
    return json.dumps(document).encode('ascii') + b'\n'


def write_header(header: Header) -> bytes:
    """Return the line of a header."""
    return write({'format': FORMAT, **dataclasses.asdict(header)})


def write_entry(entry: Entry) -> bytes:
    """Return the line of a record."""
    return write(entry._asdict())
