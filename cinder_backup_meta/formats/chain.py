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

"""Reading what describes the backups of a chain, and checking it."""

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import typing

from cinder_backup_meta.formats import chunked
from cinder_backup_meta.formats import description
from cinder_backup_meta.formats import extents
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import hashes as hashes_module
from cinder_backup_meta.formats import layers as layers_module
from cinder_backup_meta.formats import storage as storage_module

_Code = findings_module.Code


@dataclasses.dataclass
class Chain:
    """A chain that has been read and folded.

    :ivar size: bytes of the volume
    :ivar layers: what each backup contributes, the newest first; without
        those whose metadata object is missing
    :ivar hashes: the hashes of the newest backup, None if they are missing or
        damaged
    :ivar absent: the ranges of the volume that no object has
    """

    size: int
    layers: list[layers_module.Layer]
    hashes: hashes_module.Hashes | None
    absent: extents.Extents

    def close(self) -> None:
        """Give back what the hashes hold."""
        if self.hashes is not None:
            self.hashes.close()


def read(
    storage: storage_module.Storage,
    backups: Sequence[layers_module.Backup],
    findings: findings_module.Findings,
) -> Chain:
    """Read what describes the backups of a chain, and fold it.

    Nothing is raised for what is missing or damaged. It is added to the
    findings, and the rest is used.

    :param backups: at least one: the backup that is looked at, its parent, the
        parent of that, and so on to the full backup
    """
    layers = [
        layers_module.Layer(backup, manifest)
        for backup in backups
        if (manifest := description.read_manifest(storage, backup, findings))
        is not None
    ]
    _check_links(backups, layers, findings)
    size = max((layer.manifest.end for layer in layers), default=0)
    newest = layers[0].manifest if layers else None
    if newest is not None and layers[0].backup != backups[0]:
        newest = None
    hashes = description.read_hashes(
        storage, backups[0], newest, findings, size
    )
    try:
        _check_complete(backups, layers, hashes, findings)
        if hashes is not None:
            size = _size(hashes, backups, layers, findings)
        block = hashes.block_size if hashes else 1
        absent = layers_module.fold(layers, size, block, findings)
    except BaseException:
        if hashes is not None:
            hashes.close()
        raise
    for start, end in absent:
        findings.add(
            _Code.DATA_ABSENT,
            backups[-1].id,
            f'no object has the {end - start} bytes of the volume from '
            f'{start} on',
            offset=start,
            length=end - start,
        )
    return Chain(size, layers, hashes, absent)


def _check_complete(
    backups: Sequence[layers_module.Backup],
    layers: list[layers_module.Layer],
    hashes: hashes_module.Hashes | None,
    findings: findings_module.Findings,
) -> None:
    """Check that what an old backup may lack is there in others."""
    if len(backups) > 1 or hashes is not None:
        for layer in layers:
            description.check_complete(layer.backup, layer.manifest, findings)


def _check_links(
    backups: Sequence[layers_module.Backup],
    layers: list[layers_module.Layer],
    findings: findings_module.Findings,
) -> None:
    parents = dict(zip(backups, backups[1:], strict=False))
    for layer in layers:
        wrong = _broken_link(
            layer.manifest.values,
            parents.get(layer.backup),
            layers[0].manifest.values,
        )
        if wrong:
            findings.add(_Code.CHAIN_BROKEN, layer.backup.id, f'it {wrong}')


def _broken_link(
    values: Mapping[str, typing.Any],
    parent: layers_module.Backup | None,
    newest: Mapping[str, typing.Any],
) -> str | None:
    """Return what is wrong with the place of a backup in the chain.

    What its metadata object does not say is told elsewhere.
    """
    # An old full backup does not say that it is one.
    named = values.get('parent_id')
    if parent is None and named is not None:
        return 'is incremental, and its parent is not there'
    if parent is not None and 'parent_id' in values and named != parent.id:
        return f'was not made as an increment of backup {parent.id}'
    key = 'volume_id'
    if key in values and key in newest and values[key] != newest[key]:
        return 'is of another volume than the newest of the chain'
    return None


def _size(
    hashes: hashes_module.Hashes,
    backups: Sequence[layers_module.Backup],
    layers: list[layers_module.Layer],
    findings: findings_module.Findings,
) -> int:
    """Return the size of the volume in bytes.

    Only the full backup says it exactly, by where its data ends. If that is
    not known or contradicts the number of hashes, the hashes decide.
    """
    covered = len(hashes) * hashes.block_size
    if not layers or layers[-1].backup != backups[-1]:
        return covered
    end = layers[-1].manifest.end
    if covered - hashes.block_size < end <= covered:
        return end
    findings.add(
        _Code.HASHES_DAMAGED,
        backups[0].id,
        f'its object of hashes has {len(hashes)} blocks of '
        f'{hashes.block_size} bytes, but the list of the full backup ends at '
        f'{end} bytes; one of the two is damaged',
        backups[0].prefix + chunked.SHA256,
    )
    return covered
