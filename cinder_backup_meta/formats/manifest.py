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

"""The list of the data objects of a backup, as the data engine uses it.

It is read from the backup's metadata object, which nobody has to have left as
Cinder wrote it: a fault in it is noted, and whatever can be used is used, for
the hashes of the volume decide in the end. :mod:`.chunked` answers the other
question, whether the object describes the backup of a record.
"""

import array
import dataclasses
import re
import typing

from cinder_backup_meta.formats import compression
from cinder_backup_meta.formats import hashes
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta import quoting

#: The version that all supported releases of Cinder write and restore.
VERSION = '1.0.0'

_SUBJECT = 'its metadata object'

# How many faults are told one by one.
_MOST_FAULTS = 20

_MD5 = re.compile('[0-9a-f]{32}')
_REQUIRED = frozenset(('objects', *hashes.SHARED))

# Cinder before 2015.1 did not write them.
_LATER = frozenset(('parent_id', 'volume_meta'))
_MOST = 2**63


@dataclasses.dataclass(frozen=True)
class DataObject:
    """One data object.

    :ivar number: as at the end of its name
    :ivar offset: where its data belongs in the volume, in bytes
    :ivar length: how many bytes of data it has
    :ivar compression: one of :data:`.compression.NAMES`
    :ivar md5: the MD5 of the data
    """

    number: int
    offset: int
    length: int
    compression: str
    md5: bytes

    @property
    def end(self) -> int:
        """Where its data ends in the volume."""
        return self.offset + self.length

    @property
    def suffix(self) -> str:
        """What its name has after the backup's prefix."""
        return suffix(self.number)


def suffix(number: int) -> str:
    """Return the end of the name of a data object."""
    return f'-{number:05}'


class Manifest:
    """The data objects of a backup, in the order of their offsets.

    A backup can have hundreds of thousands of them, so they are kept in
    arrays, in 41 bytes each.

    :ivar values: the other members of the metadata object, by their names; no
        lists and objects
    :ivar faults: what is wrong, in words
    :ivar lacking: the members that only very old backups may be without
    """

    def __init__(self) -> None:
        self.values: dict[str, typing.Any] = {}
        self.faults: list[str] = []
        self.lacking: list[str] = []
        self._numbers = array.array('Q')
        self._offsets = array.array('Q')
        self._lengths = array.array('Q')
        self._compressions = bytearray()
        self._md5s = bytearray()

    def __len__(self) -> int:
        """Return the number of data objects."""
        return len(self._numbers)

    def __getitem__(self, index: int) -> DataObject:
        """Return a data object by its position in the order."""
        return DataObject(
            self._numbers[index],
            self._offsets[index],
            self._lengths[index],
            compression.NAMES[self._compressions[index]],
            bytes(self._md5s[index * 16 : index * 16 + 16]),
        )

    @property
    def end(self) -> int:
        """Where the data ends in the volume, in bytes."""
        return self.extent(len(self) - 1)[1] if len(self) else 0

    def extent(self, index: int) -> tuple[int, int]:
        """Return where the data of an object begins and ends."""
        start = self._offsets[index]
        return start, start + self._lengths[index]

    def _append(self, found: DataObject) -> None:
        self._numbers.append(found.number)
        self._offsets.append(found.offset)
        self._lengths.append(found.length)
        self._compressions.append(compression.NAMES.index(found.compression))
        self._md5s += found.md5

    def _fault(self, text: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(f'{_SUBJECT} {text}')
        elif len(self.faults) == _MOST_FAULTS:
            self.faults.append(f'{_SUBJECT} has more faults')


def read(
    stream: json_stream.Readable, prefix: str, most: int | None = None
) -> Manifest:
    """Read the metadata object of a backup.

    Whatever the object holds, a manifest is returned: the faults in it say
    what is wrong, and the data objects are those before the fault.

    :param prefix: what the names of the backup's objects begin with
    :param most: the size in bytes beyond which it is not read; by default
        that of :mod:`.json_stream`
    :raises Exception: what the storage raises when it is read
    """
    manifest = Manifest()
    try:
        _fill(manifest, stream, prefix, most)
    except json_stream.Malformed as error:
        manifest.faults.append(str(error))
    return manifest


def _fill(
    manifest: Manifest,
    stream: json_stream.Readable,
    prefix: str,
    most: int | None,
) -> None:
    seen: set[str] = set()
    reader = json_stream.Reader(stream, _SUBJECT, most)
    for name, value in reader.members('objects'):
        if name in seen:
            manifest._fault('has a member twice')
        elif name == 'objects':
            _read_list(manifest, value, prefix)
        elif name in _REQUIRED | _LATER:
            manifest.values[name] = value
        seen.add(name)
    for name in sorted(_REQUIRED - seen):
        manifest._fault(f'has no {name}')
    manifest.lacking = sorted(_LATER - seen)
    if manifest.values.get('version', VERSION) != VERSION:
        manifest._fault('has a version that is not known')


def _read_list(manifest: Manifest, entries: typing.Any, prefix: str) -> None:
    """Read the entries; those that cannot be read are left out.

    An object that overlaps the one before it, or that comes too late in the
    order, is left out as well: Cinder writes none, and one of the two would
    have to win.
    """
    end = 0
    for position, entry in enumerate(entries, 1):
        try:
            found = _entry(entry, prefix)
        except ValueError as error:
            manifest._fault(f'has an entry {position} that {error}')
            continue
        if found.offset < end:
            manifest._fault(
                f'has an entry {position} whose data belongs before the end '
                'of the data of the one before it'
            )
            continue
        end = found.end
        manifest._append(found)


def _entry(entry: typing.Any, prefix: str) -> DataObject:
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError('is not the name of an object with its details')
    [(name, details)] = entry.items()
    if not isinstance(details, dict):
        raise ValueError('is not the name of an object with its details')
    md5 = details.get('md5')
    if not isinstance(md5, str) or not _MD5.fullmatch(md5):
        raise ValueError('has no MD5')
    return DataObject(
        _number(name, prefix),
        _count(details, 'offset', 0),
        _count(details, 'length', 1),
        _compression(details.get('compression')),
        bytes.fromhex(md5),
    )


def _number(name: str, prefix: str) -> int:
    digits = name[len(prefix) + 1 :]
    if digits.isascii() and digits.isdigit() and len(digits) < 19:
        number = int(digits)
        if name == prefix + suffix(number):
            return number
    raise ValueError('is not of an object of this backup')


def _count(details: dict[str, typing.Any], key: str, least: int) -> int:
    value = details.get(key)
    if type(value) is int and least <= value < _MOST:
        return value
    raise ValueError(f'has no {key}')


def _compression(value: typing.Any) -> str:
    if isinstance(value, str) and value.lower() in compression.NAMES:
        return value.lower()
    if isinstance(value, str):
        raise ValueError(
            f'has the compression "{quoting.quote(value, 40)}", which is not '
            'known'
        )
    raise ValueError('has no compression')
