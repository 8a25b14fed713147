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

"""The metadata object of a chunked backup.

Cinder's ``ChunkedBackupDriver._write_metadata`` writes it in JSON beside the
data objects, as the last object of the backup. Anyone who can write into the
backup storage can replace it, so nothing in it is trusted, and it is compared
with the storage while it is read: what is kept of it in memory does not grow
with it.

What is wrong with the data is raised as :class:`json_stream.Malformed`; errors
of the storage pass through.
"""

from collections.abc import Iterator
from collections.abc import Mapping
import re
import typing

from cinder_backup_meta.formats import fields
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import volume_size
from cinder_backup_meta import quoting

METADATA = '_metadata'
SHA256 = '_sha256file'

_DATA = re.compile('-[0-9]{5,}')
_UNCOMPRESSED = frozenset(('none', 'off', 'no'))

# What is read beside the ids.
_WANTED = frozenset(('objects', 'version', 'volume_meta'))

# The bytes of one hash in an object of hashes, with the indent of its line.
_HASH = len(f'    "{"0" * 64}",\n')

_SUBJECT = 'its metadata object'

Malformed = json_stream.Malformed


class Volume(typing.NamedTuple):
    """What a metadata object tells of the volume that was backed up.

    :ivar size: its size in GiB, as Cinder has kept it; None if it has not
    :ivar length: the number of bytes that were read from it; None for an
        incremental backup, of which only the changes are listed
    """

    size: int | None
    length: int | None


def check(
    stream: json_stream.Readable,
    record: typing.Any,
    versions: typing.Container[str],
    source_id: str,
    stored: Mapping[str, int],
) -> Volume:
    """Compare a metadata object with its record and with the storage.

    ``ChunkedBackupDriver._restore_v1`` refuses to restore unless it finds
    exactly the objects that are listed, so an additional one is a fault as
    well.

    :param stream: what the metadata object is read from
    :param versions: the format versions that the driver can restore
    :param source_id: the id of the backup that the data was written for,
        which for a copy is not the id of the record
    :param stored: sizes in bytes by the end of the name, of all objects
        whose names begin with the record's ``service_metadata``
    :returns: what it tells of the volume that was backed up
    :raises Malformed: if it cannot be read or belongs to another backup, or
        if an object is missing, unexpected or of a wrong size
    """
    identity = {
        'backup_id': source_id,
        'volume_id': fields.value(record, 'volume_id'),
        # Stock Cinder has imported empty strings for null.
        'parent_id': fields.value(record, 'parent_id') or None,
    }
    if not fields.has_volume(record):
        del identity['volume_id']
    found: dict[str, typing.Any] = {}
    data = _Data(record, stored)
    for key, value in _members(stream):
        if key in found:
            raise _repeated(key)
        if key == 'objects':
            data.add_all(value)
        if key in identity or key in _WANTED:
            found[key] = value
            _check_id(key, value, identity)
    for key in identity:
        # Before 2015.1 there was no parent_id, and no incremental backup.
        _check_id(key, found.get(key), identity)
    version = found.get('version')
    if not isinstance(version, str) or version not in versions:
        raise Malformed(
            'its metadata object has a format that this release of Cinder '
            'cannot restore'
        )
    if 'objects' not in found:
        raise Malformed('its metadata object has no list of objects')
    # Cinder before 2015.1 wrote no hashes.
    data.check(has_hashes='parent_id' in found)
    is_full = identity['parent_id'] is None
    return Volume(
        volume_size.read_kept(found.get('volume_meta')).size,
        data.end if is_full else None,
    )


def read_length(stream: json_stream.Readable, size: int) -> int | None:
    """Return how many bytes of a volume an object of hashes is about.

    Only its beginning is read: it may have some GiB. It has a line for each
    block of the volume, so that its size tells their number.

    :param size: the size of the object in bytes
    :returns: None if it does not tell; a few blocks too many
    :raises Malformed: if it cannot be read
    """
    reader = json_stream.Reader(stream, 'its object of hashes')
    block = None
    for key, value in reader.members('sha256s'):
        if key == 'sha256s':
            break
        if key == 'chunk_size':
            block = value
    if not isinstance(block, int) or not _is_count(block, 1):
        return None
    return size // _HASH * block


def read_backup_id(stream: json_stream.Readable) -> typing.Any:
    """Return the id of the backup that a metadata object belongs to.

    :returns: None if it names none
    :raises Malformed: if it cannot be read
    """
    return _read(stream, 'backup_id')


def read_volume_metadata(stream: json_stream.Readable) -> str | None:
    """Return what a metadata object has of the volume, as JSON.

    :returns: None if it has nothing
    :raises Malformed: if it cannot be read
    """
    found = _read(stream, 'volume_meta')
    if not isinstance(found, str | None):
        raise Malformed(f'{_SUBJECT} has volume_meta that is no text')
    return found


def _read(stream: json_stream.Readable, name: str) -> typing.Any:
    """Return one value of a metadata object, None if it is missing."""
    found = None
    for key, value in _members(stream):
        if key == name:
            if found is not None:
                raise _repeated(key)
            found = value
    return found


def _members(
    stream: json_stream.Readable,
) -> Iterator[tuple[str, typing.Any]]:
    return json_stream.Reader(stream, _SUBJECT).members('objects')


def _repeated(key: str) -> Malformed:
    return Malformed(f'its metadata object has two values of {key}')


def too_large() -> Malformed:
    """Return the error for a metadata object that is over the limit."""
    return json_stream.too_large(_SUBJECT)


def _check_id(
    key: str, value: typing.Any, identity: dict[str, typing.Any]
) -> None:
    if key in identity and value != identity[key]:
        raise Malformed(
            f'its metadata object names another {key} than the record'
        )


class _Data:
    """The data objects that a metadata object lists, against the storage.

    Of those that are stored only the names are kept, and of all others their
    number: a list may be longer than anything that is stored.

    :ivar end: the offset in bytes at which the data ends
    """

    def __init__(self, record: typing.Any, stored: Mapping[str, int]) -> None:
        self._record = record
        self._stored = stored
        self._recorded = fields.value(record, 'object_count')
        self.end = 0
        self._seen: set[str] = set()
        self._missing = 0
        self._first_missing = ''
        self._misfit = ''

    def add_all(self, entries: Iterator[typing.Any]) -> None:
        """Take the entries of the list.

        :raises Malformed: if one is not as Cinder writes it
        """
        for entry in entries:
            end, details = _read_entry(entry, self._record)
            if self._recorded is not None and self._count >= self._recorded:
                # Any number of others may follow.
                raise self._other_count(f'{self._count + 1} objects or more')
            self.end = max(self.end, details['offset'] + details['length'])
            if end not in self._stored:
                self._missing += 1
                self._first_missing = min(self._first_missing or end, end)
                continue
            if end in self._seen:
                raise Malformed('its metadata object lists an object twice')
            self._seen.add(end)
            right = fits(
                details['compression'], details['length'], self._stored[end]
            )
            if not right and not self._misfit:
                self._misfit = (
                    f'its object {self._name(end)} has {self._stored[end]} '
                    f'bytes, which cannot hold the {details["length"]} bytes '
                    'of data that its metadata object lists'
                )

    def check(self, has_hashes: bool) -> None:
        """Raise Malformed unless all is stored that is listed, and no more.

        :param has_hashes: whether an object of hashes was written too, which
            the next incremental backup needs
        """
        # Cinder before 14.0 counted one too many.
        if self._recorded not in (None, self._count, self._count + 1):
            raise self._other_count(f'{self._count} objects')
        if self._missing:
            raise Malformed(
                f'{self._missing} of its {self._count} objects are missing, '
                f'the first is {self._name(self._first_missing)}'
            )
        if has_hashes and SHA256 not in self._stored:
            raise Malformed(
                f'its object of hashes, {self._name(SHA256)}, is missing'
            )
        if surplus := sorted(
            self._stored.keys() - self._seen - {METADATA, SHA256}
        ):
            raise Malformed(
                f'{len(surplus)} objects have its prefix but are not in the '
                'list of its metadata object, the first is '
                f'{self._name(surplus[0])}'
            )
        if self._misfit:
            raise Malformed(self._misfit)

    @property
    def _count(self) -> int:
        """How many objects have been listed so far."""
        return len(self._seen) + self._missing

    def _other_count(self, listed: str) -> Malformed:
        return Malformed(
            f'its metadata object lists {listed}, but the record says '
            f'{self._recorded}'
        )

    def _name(self, end: str) -> str:
        return quoting.quote(self._record.service_metadata + end, 300)


def _read_entry(
    entry: typing.Any, record: typing.Any
) -> tuple[str, dict[str, typing.Any]]:
    """Return the end of a data object's name, and the object's entry."""
    if not isinstance(entry, dict) or len(entry) != 1:
        raise Malformed('its metadata object has a malformed list')
    [(name, details)] = entry.items()
    prefix = record.service_metadata
    if not name.startswith(prefix) or not _DATA.fullmatch(name[len(prefix) :]):
        raise Malformed(
            'its metadata object lists objects that are not of this backup'
        )
    if (
        not isinstance(details, dict)
        or not _is_count(details.get('offset'), 0)
        or not _is_count(details.get('length'), 1)
        or not isinstance(details.get('compression'), str)
    ):
        raise Malformed(
            'its metadata object does not say where the data belongs'
        )
    return name[len(prefix) :], details


def _is_count(number: typing.Any, lowest: int) -> bool:
    return type(number) is int and number >= lowest


def fits(compression: str, length: int, size: int) -> bool:
    """Return whether a stored size fits the data, compressed or not.

    Since 7.0 Cinder compresses a chunk only if that makes it smaller. Older
    releases always did, which makes incompressible data a little larger.
    """
    if compression.lower() in _UNCOMPRESSED:
        return size == length
    return 0 < size <= length + length // 50 + 1024
