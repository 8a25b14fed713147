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

"""What a restore requires of the volume that it writes to."""

import json
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.formats import volume_size
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base

_BASE = 'volume-base-metadata'


def volume_type_id(
    repository: base.Repository, backup: typing.Any
) -> str | None:
    """Return the id of the volume type that a volume must have.

    The driver compares it with that of the volume when all data is written,
    if the volume that was backed up was encrypted. Corresponds to
    ``BackupMetadataAPI`` of Cinder.

    :returns: None if any type will do
    :raises Refused: with DATA_MISSING or DATA_UNREADABLE
    """
    text = repository.volume_metadata(backup)
    if not text:
        return None
    try:
        if len(text) > volume_size.MAX_TEXT:
            raise ValueError
        found = json.loads(text)
        volume = found.get(_BASE, {})
        # Version 1 was without encryption.
        if found['version'] == 1 or volume.get('encryption_key_id') is None:
            return None
        return str(volume['volume_type_id'])
    except (AttributeError, KeyError, ValueError, RecursionError):
        # Whoever can write to the storage can have written it.
        raise exception.Refused(
            reasons.Reason.DATA_UNREADABLE,
            'the metadata of the volume in the backup repository cannot be '
            'read, and the volume type that the restore requires is unknown',
        ) from None
