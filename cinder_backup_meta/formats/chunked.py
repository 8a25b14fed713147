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
backup storage can replace it, so nothing in it is trusted.

All faults are raised as ValueError, whose text says what is wrong.
"""

from collections.abc import Mapping
import dataclasses
import json
import re
import typing

from cinder_backup_meta.formats import fields

#: Bytes of a metadata object. It has some 350 for each data object, so this is
#: enough for 190,000 of them: for 9 TB in the 50 MB objects of Swift, S3, GCS.
MAX_SIZE = 64 * 2**20

#: How the names of the metadata object and of the object of hashes end.
METADATA = '_metadata'
SHA256 = '_sha256file'

_DATA = re.compile('-[0-9]{5,}')
_UNCOMPRESSED = frozenset(('none', 'off', 'no'))


@dataclasses.dataclass(frozen=True)
class MetadataObject:
    """The content of a metadata object, as far as it is checked.

    :ivar objects: the entry of each data object, by the end of its name: a
        mapping with ``offset`` and ``length`` in bytes of uncompressed data
        and with ``compression``
    :ivar has_hashes: whether an object of hashes was written too, which the
        next incremental backup needs; Cinder before 2015.1 wrote none
    """

    objects: dict[str, dict[str, typing.Any]]
    has_hashes: bool


def read(
    content: bytes,
    record: typing.Any,
    versions: typing.Container[str],
    source_id: str,
) -> MetadataObject:
    """Read a metadata object and check that it belongs to a record.

    :param versions: the format versions that the driver can restore
    :param source_id: the id of the backup that the data was written for,
        which for a copy is not the id of the record
    :raises ValueError: if it cannot be read or belongs to another backup
    """
    values = parse(content)
    _check_ids(values, record, source_id)
    version = values.get('version')
    if not isinstance(version, str) or version not in versions:
        raise ValueError(
            'its metadata object has a format that this release of Cinder '
            'cannot restore'
        )
    entries = values.get('objects')
    if not isinstance(entries, list):
        raise ValueError('its metadata object has no list of objects')
    objects = dict(_read_entry(entry, record) for entry in entries)
    if len(objects) != len(entries):
        raise ValueError('its metadata object lists an object twice')
    _check_count(len(objects), record)
    return MetadataObject(objects, 'parent_id' in values)


def parse(content: bytes) -> dict[str, typing.Any]:
    """Return the JSON object in a metadata object, without checking it.

    :raises ValueError: if there is none, or if it is larger than MAX_SIZE
    """
    if len(content) > MAX_SIZE:
        raise too_large()
    try:
        values = json.loads(content.decode('utf-8'))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise ValueError('its metadata object cannot be read as JSON')
    return values


def too_large() -> ValueError:
    """Return the error for a metadata object that is over MAX_SIZE."""
    return ValueError(
        f'its metadata object is larger than {MAX_SIZE // 2**20} MiB'
    )


def check_stored(
    metadata: MetadataObject, record: typing.Any, stored: Mapping[str, int]
) -> None:
    """Compare a metadata object with the objects in the storage.

    ``ChunkedBackupDriver._restore_v1`` refuses to restore unless it finds
    exactly the objects that are listed, so an additional one is a fault as
    well.

    :param stored: sizes in bytes by the end of the name, of all objects
        whose names begin with the record's ``service_metadata``
    :raises ValueError: if an object is missing, unexpected or of a wrong size
    """
    expected = metadata.objects.keys()
    found = stored.keys() - {METADATA, SHA256}
    if lost := sorted(expected - found):
        raise ValueError(
            f'{len(lost)} of its {len(expected)} objects are missing, the '
            f'first is {_name(record, lost[0])}'
        )
    if metadata.has_hashes and SHA256 not in stored:
        raise ValueError(
            f'its object of hashes, {_name(record, SHA256)}, is missing'
        )
    if surplus := sorted(found - expected):
        raise ValueError(
            f'{len(surplus)} objects have its prefix but are not in the list '
            f'of its metadata object, the first is {_name(record, surplus[0])}'
        )
    for end, entry in metadata.objects.items():
        if not _fits(entry, stored[end]):
            raise ValueError(
                f'its object {_name(record, end)} has {stored[end]} bytes, '
                f'which cannot hold the {entry["length"]} bytes of data that '
                'its metadata object lists'
            )


def _check_ids(
    values: dict[str, typing.Any], record: typing.Any, source_id: str
) -> None:
    for key, expected in (
        ('backup_id', source_id),
        ('volume_id', fields.value(record, 'volume_id')),
        ('parent_id', fields.value(record, 'parent_id')),
    ):
        # Before 2015.1 there was no parent_id, and no incremental backup.
        if values.get(key) != expected:
            raise ValueError(
                f'its metadata object names another {key} than the record'
            )


def _check_count(count: int, record: typing.Any) -> None:
    recorded = fields.value(record, 'object_count')
    # Cinder before 14.0 counted one too many.
    if recorded is not None and recorded not in (count, count + 1):
        raise ValueError(
            f'its metadata object lists {count} objects, but the record says '
            f'{recorded}'
        )


def _read_entry(
    entry: typing.Any, record: typing.Any
) -> tuple[str, dict[str, typing.Any]]:
    """Return the end of a data object's name, and the object's entry."""
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError('its metadata object has a malformed list')
    [(name, details)] = entry.items()
    prefix = record.service_metadata
    if not name.startswith(prefix) or not _DATA.fullmatch(name[len(prefix) :]):
        raise ValueError(
            'its metadata object lists objects that are not of this backup'
        )
    if (
        not isinstance(details, dict)
        or not _is_count(details.get('offset'), 0)
        or not _is_count(details.get('length'), 1)
        or not isinstance(details.get('compression'), str)
    ):
        raise ValueError(
            'its metadata object does not say where the data belongs'
        )
    return name[len(prefix) :], details


def _is_count(number: typing.Any, lowest: int) -> bool:
    return type(number) is int and number >= lowest


def _fits(entry: dict[str, typing.Any], size: int) -> bool:
    """Return whether a stored size fits the data, compressed or not.

    Since 7.0 Cinder compresses a chunk only if that makes it smaller. Older
    releases always did, which makes incompressible data a little larger.
    """
    length = entry['length']
    if entry['compression'].lower() in _UNCOMPRESSED:
        return size == length
    return 0 < size <= length + length // 50 + 1024


def _name(record: typing.Any, end: str) -> str:
    return fields.quote(record.service_metadata + end)
