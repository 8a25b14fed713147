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

"""The metadata object of a chunked backup, read as an untrusted document.

Cinder's ``ChunkedBackupDriver._write_metadata`` writes it beside the data,
last of all, as JSON. Whoever can write into the backup storage can write
another one, so nothing in it is taken on trust.

What is wrong is told by ValueError, in words.
"""

from collections.abc import Mapping
import dataclasses
import json
import re
import typing

from cinder_backup_meta.formats import fields

# Bytes. It has some 350 for each object, so this is enough for a backup of
# 190,000 objects: of 9 TB with the 50 MB objects of Swift, S3 and GCS.
MAX_SIZE = 64 * 2**20

METADATA = '_metadata'
SHA256 = '_sha256file'

_OBJECT = re.compile('-[0-9]{5,}')
_UNCOMPRESSED = frozenset(('none', 'off', 'no'))


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What a metadata object says.

    :ivar objects: the entry of each data object, by the end of its name
    :ivar has_hashes: a file with hashes was written beside it, which the
        next incremental backup needs; Cinder before 2015.1 wrote none
    """

    objects: dict[str, dict[str, typing.Any]]
    has_hashes: bool


def read(
    document: bytes,
    record: typing.Any,
    versions: typing.Container[str],
    source_id: str,
) -> Manifest:
    """Return what a metadata object says, if it is that of the record.

    :param versions: the format versions that the driver can restore
    :param source_id: the id of the backup whose data it should be
    :raises ValueError: if it can't be read or is another backup's
    """
    content = parse(document)
    _check_ids(content, record, source_id)
    version = content.get('version')
    if not isinstance(version, str) or version not in versions:
        raise ValueError(
            'its metadata object has a format that this release of Cinder '
            'does not restore'
        )
    entries = content.get('objects')
    if not isinstance(entries, list):
        raise ValueError('its metadata object has no list of objects')
    objects = dict(_read_entry(entry, record) for entry in entries)
    if len(objects) != len(entries):
        raise ValueError('its metadata object lists an object twice')
    _check_count(len(objects), record)
    return Manifest(objects, 'parent_id' in content)


def parse(document: bytes) -> dict[str, typing.Any]:
    """Return a metadata object's JSON.

    :raises ValueError: if it is larger than MAX_SIZE or no JSON object
    """
    if len(document) > MAX_SIZE:
        raise too_large()
    try:
        content = json.loads(document.decode('utf-8'))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ValueError('its metadata object can not be read as JSON')
    return content


def too_large() -> ValueError:
    """Return what to raise for a metadata object over MAX_SIZE."""
    return ValueError(
        f'its metadata object is larger than {MAX_SIZE // 2**20} MiB'
    )


def check_stored(
    manifest: Manifest, record: typing.Any, stored: Mapping[str, int]
) -> None:
    """Compare a metadata object with what there is in the storage.

    Cinder refuses to restore if the names found are not just those listed
    (``ChunkedBackupDriver._restore_v1``), so one too many is as bad as one
    too few.

    :param stored: sizes in bytes by the end of the name, of all objects
        whose names begin with the record's ``service_metadata``
    :raises ValueError: if something is missing, too much or of a wrong size
    """
    expected = manifest.objects.keys()
    found = stored.keys() - {METADATA, SHA256}
    if lost := sorted(expected - found):
        raise ValueError(
            f'{len(lost)} of its {len(expected)} objects are not there, the '
            f'first is {_name(record, lost[0])}'
        )
    if manifest.has_hashes and SHA256 not in stored:
        raise ValueError(
            f'its object of hashes, {_name(record, SHA256)}, is not there'
        )
    if surplus := sorted(found - expected):
        raise ValueError(
            f'{len(surplus)} objects beside it have its name and are not in '
            f'its list, the first is {_name(record, surplus[0])}'
        )
    for end, entry in manifest.objects.items():
        if not _fits(entry, stored[end]):
            raise ValueError(
                f'its object {_name(record, end)} has {stored[end]} bytes, '
                f'which does not fit the {entry["length"]} bytes of data '
                'that should be in it'
            )


def _check_ids(
    content: dict[str, typing.Any], record: typing.Any, source_id: str
) -> None:
    for key, expected in (
        ('backup_id', source_id),
        ('volume_id', fields.value(record, 'volume_id')),
        ('parent_id', fields.value(record, 'parent_id')),
    ):
        # Before 2015.1 there was no parent_id, and no incremental backup.
        if content.get(key) != expected:
            raise ValueError(
                f'its metadata object names another {key} than the record'
            )


def _check_count(count: int, record: typing.Any) -> None:
    recorded = fields.value(record, 'object_count')
    # Cinder before 14.0 counted one too many.
    if recorded is not None and recorded not in (count, count + 1):
        raise ValueError(
            f'its metadata object lists {count} objects and the record says '
            f'{recorded}'
        )


def _read_entry(
    entry: typing.Any, record: typing.Any
) -> tuple[str, dict[str, typing.Any]]:
    """Return the end of an object's name, and what is said of the object."""
    if not isinstance(entry, dict) or len(entry) != 1:
        raise ValueError('its metadata object has a malformed list')
    [(name, details)] = entry.items()
    prefix = record.service_metadata
    if not name.startswith(prefix) or not _OBJECT.fullmatch(
        name[len(prefix) :]
    ):
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
    """Tell whether a stored size can be that of the data, compressed or not.

    Since 7.0 Cinder stores a chunk as it is unless that makes it smaller;
    older releases stored what came out, which for data that can't be
    compressed is a little more.
    """
    length = entry['length']
    if entry['compression'].lower() in _UNCOMPRESSED:
        return size == length
    return 0 < size <= length + length // 50 + 1024


def _name(record: typing.Any, end: str) -> str:
    return fields.quote(record.service_metadata + end)
