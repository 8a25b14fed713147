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

"""Reading the two objects that describe a backup.

Nothing is raised for what is missing or damaged. It is added to the findings,
and what can be read is returned.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib

from cinder_backup_meta.formats import chunked
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import hashes as hashes_module
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import manifest as manifest_module
from cinder_backup_meta.formats import storage as storage_module
from cinder_backup_meta import quoting

_Code = findings_module.Code
_Fault = Callable[[findings_module.Code, str], None]


def read_manifest(
    storage: storage_module.Storage,
    backup: layers.Backup,
    findings: findings_module.Findings,
) -> manifest_module.Manifest | None:
    """Return the manifest of a backup, None if it cannot be read at all."""
    name = backup.prefix + chunked.METADATA
    fault = _faults(findings, backup, name)
    with _naming(fault, 'its metadata object'):
        with storage.open(backup.container, name) as stream:
            manifest = manifest_module.read(stream, backup.prefix)
        for text in manifest.faults:
            fault(_Code.METADATA_DAMAGED, text)
        if manifest.values.get('backup_id', backup.id) != backup.id:
            fault(
                _Code.METADATA_DAMAGED,
                'its metadata object names another backup_id',
            )
        return manifest
    return None


def read_hashes(
    storage: storage_module.Storage,
    backup: layers.Backup,
    manifest: manifest_module.Manifest | None,
    findings: findings_module.Findings,
    size: int | None = None,
) -> hashes_module.Hashes | None:
    """Return the hashes of a backup, None if they cannot be used.

    :param manifest: that of the backup, as far as it is known; the two objects
        have to agree
    :param size: bytes of the volume, as far as known
    """
    name = backup.prefix + chunked.SHA256
    fault = _faults(findings, backup, name)
    if manifest is not None and _is_old(storage, backup, manifest):
        fault(
            _Code.HASHES_ABSENT,
            'it was made by Cinder before 2015.1, which wrote no hashes; only '
            'the MD5s of its data can be checked',
        )
        return None
    with _naming(fault, 'its object of hashes'):
        with storage.open(backup.container, name) as stream:
            try:
                found = hashes_module.read(stream, size)
            except json_stream.Malformed as error:
                fault(_Code.HASHES_DAMAGED, str(error))
                return None
        if manifest is not None:
            _compare(found, manifest, fault)
        return found
    return None


def check_complete(
    backup: layers.Backup,
    manifest: manifest_module.Manifest,
    findings: findings_module.Findings,
) -> None:
    """Add what the metadata object of a backup with hashes lacks."""
    fault = _faults(findings, backup, backup.prefix + chunked.METADATA)
    for name in manifest.lacking:
        fault(_Code.METADATA_DAMAGED, f'its metadata object has no {name}')


def _is_old(
    storage: storage_module.Storage,
    backup: layers.Backup,
    manifest: manifest_module.Manifest,
) -> bool:
    """Return whether a backup is from before incremental backups."""
    if 'parent_id' not in manifest.lacking:
        return False
    try:
        name = backup.prefix + chunked.SHA256
        with storage.open(backup.container, name) as stream:
            stream.read(1)
    except storage_module.ObjectMissing:
        return True
    except Exception:
        # It will be met again.
        return False
    return False


def _compare(
    hashes: hashes_module.Hashes,
    manifest: manifest_module.Manifest,
    fault: _Fault,
) -> None:
    """Compare what both objects say of the backup.

    Cinder writes the same into both, so a difference is damage in one.
    """
    for key in hashes_module.SHARED:
        if (
            key in manifest.values
            and manifest.values[key] != hashes.values[key]
        ):
            fault(
                _Code.HASHES_DAMAGED,
                f'its object of hashes has another {key} than its metadata '
                'object; one of the two is damaged',
            )


def _faults(
    findings: findings_module.Findings, backup: layers.Backup, name: str
) -> _Fault:
    """Return a function that adds a finding about an object."""
    return lambda code, text: findings.add(code, backup.id, text, name)


@contextlib.contextmanager
def _naming(fault: _Fault, subject: str) -> Iterator[None]:
    """Turn what goes wrong with an object into a finding."""
    try:
        yield
    except storage_module.ObjectMissing:
        fault(_Code.OBJECT_MISSING, f'{subject} is missing')
    except Exception as error:
        fault(_Code.OBJECT_UNREADABLE, f'{subject} {unreadable(error)}')


def unreadable(error: Exception) -> str:
    """Return what an error of the storage means for an object."""
    what = f'{type(error).__name__}: {quoting.quote(error, 300)}'
    return f'cannot be read from the storage ({what})'
