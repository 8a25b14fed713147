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

"""Comparing what describes a chain with what is stored, without reading data.

Cinder's ``ChunkedBackupDriver._restore_v1`` refuses to restore unless it finds
exactly the objects that are listed, so an additional one is a fault as well.
"""

from collections.abc import Sequence

from cinder_backup_meta.formats import chain as chain_module
from cinder_backup_meta.formats import chunked
from cinder_backup_meta.formats import description
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import storage as storage_module

_Code = findings_module.Code


def check(
    storage: storage_module.Storage, backups: Sequence[layers.Backup]
) -> findings_module.Findings:
    """Return what is wrong with a chain as far as it is seen without its data.

    :param backups: at least one: the backup that is looked at, its parent, the
        parent of that, and so on to the full backup
    """
    findings = findings_module.Findings()
    chain = chain_module.read(storage, backups, findings)
    chain.close()
    for layer in chain.layers:
        _check_stored(storage, layer, findings)
    return findings


def _check_stored(
    storage: storage_module.Storage,
    layer: layers.Layer,
    findings: findings_module.Findings,
) -> None:
    backup = layer.backup
    try:
        stored = dict(storage.sizes(backup.container, backup.prefix))
    except storage_module.ObjectMissing:
        # Its metadata object has just been read.
        findings.add(
            _Code.OBJECT_MISSING, backup.id, 'its container is missing'
        )
        return
    except Exception as error:
        findings.add(
            _Code.OBJECT_UNREADABLE,
            backup.id,
            f'its container {description.unreadable(error)}',
        )
        return
    for name in (chunked.METADATA, chunked.SHA256):
        stored.pop(backup.prefix + name, None)
    for job in layer.all_jobs():
        _check_object(job, stored.pop(job.name, None), findings)
    for name in sorted(stored):
        findings.add(
            _Code.OBJECT_UNEXPECTED,
            backup.id,
            'it has an object that its metadata object does not list, and '
            'Cinder refuses to restore it',
            name,
        )


def _check_object(
    job: layers.Job, size: int | None, findings: findings_module.Findings
) -> None:
    described = job.object
    if size is None:
        code, text = _Code.OBJECT_MISSING, 'is missing'
    elif not chunked.fits(described.compression, described.length, size):
        code, text = (
            _Code.OBJECT_DAMAGED,
            f'has {size} bytes, which cannot hold the {described.length} '
            'bytes of data that are listed',
        )
    else:
        return
    findings.add(
        code,
        job.backup.id,
        f'its object {described.suffix} {text}',
        job.name,
        described.offset,
        described.length,
    )
