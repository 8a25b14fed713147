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

"""A chain of backups, folded into what each of its objects contributes.

Cinder restores the full backup and writes every increment over it. Here the
newest backup comes first, and each older one adds only what is not there yet,
so that each byte of the volume is read from one object, however many
increments there are.
"""

import array
from collections.abc import Iterator
import dataclasses
import typing

from cinder_backup_meta.formats import extents
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import manifest as manifest_module

_Code = findings_module.Code


class Backup(typing.NamedTuple):
    """A backup as a record says where it is.

    :ivar id: the id that its data was written for, which is not that of the
        record for a copy
    :ivar container: the ``container`` of the record
    :ivar prefix: the ``service_metadata`` of the record
    """

    id: str
    container: str
    prefix: str


@dataclasses.dataclass(frozen=True)
class Job:
    """A data object that is to be read.

    :ivar backup: whose object it is
    :ivar object: its entry in the manifest
    :ivar needed: the ranges of the volume that come from it, in ascending
        order; none if it is read only to be checked
    """

    backup: Backup
    object: manifest_module.DataObject
    needed: list[tuple[int, int]]

    @property
    def name(self) -> str:
        """The name of the object."""
        return self.backup.prefix + self.object.suffix


class Span(typing.NamedTuple):
    """An object that contributes to the volume, and what is noted of it.

    :ivar length: bytes of its data
    :ivar place: its place in the manifest
    :ivar first: where the notes of its ranges begin
    :ivar last: where they end
    """

    length: int
    place: int
    first: int
    last: int


class Layer:
    """What one backup contributes to the volume.

    :ivar backup: the backup
    :ivar manifest: its data objects
    """

    def __init__(
        self, backup: Backup, manifest: manifest_module.Manifest
    ) -> None:
        self.backup = backup
        self.manifest = manifest
        # The position of an object, and a range that is needed of it.
        self._needed = array.array('Q')

    def need(self, index: int, start: int, end: int) -> None:
        """Note that a range of the volume comes from an object."""
        self._needed.extend((index, start, end))

    def spans(self) -> Iterator[Span]:
        """Yield the objects that contribute anything."""
        first, count = 0, len(self._needed)
        for place in range(3, count + 3, 3):
            index = self._needed[first]
            if place >= count or self._needed[place] != index:
                start, end = self.manifest.extent(index)
                yield Span(end - start, index, first, place)
                first = place

    def job(self, span: Span) -> Job:
        """Return what is to be done with an object that contributes."""
        values = iter(self._needed[span.first : span.last])
        needed = [
            (start, end)
            for _index, start, end in zip(values, values, values, strict=True)
        ]
        return Job(self.backup, self.manifest[span.place], needed)

    def jobs(self) -> Iterator[Job]:
        """Yield the objects that contribute anything, as jobs."""
        return map(self.job, self.spans())

    def all_jobs(self) -> Iterator[Job]:
        """Yield all objects, to be read and checked only."""
        for index in range(len(self.manifest)):
            yield Job(self.backup, self.manifest[index], [])


def fold(
    layers: list[Layer],
    size: int,
    block: int,
    findings: findings_module.Findings,
) -> extents.Extents:
    """Find out what each layer contributes.

    :param layers: the newest first
    :param size: bytes of the volume
    :param block: bytes of a hash block; with 1, anything goes
    :returns: the ranges of the volume that are in none of them
    """
    there = extents.Extents()
    for layer in layers:
        own = []
        for index in range(len(layer.manifest)):
            start, end = layer.manifest.extent(index)
            _check_extent(layer, index, size, block, findings)
            end = min(end, size)
            if start >= end:
                continue
            own.append((start, end))
            for gap in there.gaps(start, end):
                layer.need(index, *gap)
        there = there.union(extents.joined(own))
    return extents.Extents(edge for gap in there.gaps(0, size) for edge in gap)


def _check_extent(
    layer: Layer,
    index: int,
    size: int,
    block: int,
    findings: findings_module.Findings,
) -> None:
    start, end = layer.manifest.extent(index)
    if end > size:
        code, text = (
            _Code.DATA_BEYOND_END,
            (f'goes beyond the end of the volume at {size} bytes'),
        )
    elif start % block or (end % block and end != size):
        code, text = (
            _Code.METADATA_DAMAGED,
            (f'does not begin and end with a block of {block} bytes'),
        )
    else:
        return
    findings.add(
        code,
        layer.backup.id,
        f'its object {layer.manifest[index].suffix} is listed with data from '
        f'{start} to {end}, which {text}',
        layer.backup.prefix + layer.manifest[index].suffix,
        start,
        end - start,
    )
