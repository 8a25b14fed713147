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

"""What the deletion of a backup leaves alone.

Backups can have the same data under several ids: the import of a single record
makes such copies, Cinder's own as well as the plugin's. Rows of Cinder, and
lost backups, may also name the encryption key of a backup. Cinder's deletion
would destroy what the others need.
"""

import dataclasses
import typing

from cinder_backup_meta.db.cinder import keys
from cinder_backup_meta.db.cinder import locations
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import retry
from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.retention import lost


@dataclasses.dataclass(frozen=True)
class Spared:
    """What a deletion leaves alone.

    :ivar data: whether the data is left
    :ivar key: whether the encryption key is left; it is where the data is
    :ivar why: for the log, what needs it; None if nothing is left
    """

    data: bool = False
    key: bool = False
    why: str | None = None


ALL = Spared(True, True, 'is retained')


@retry.on_conflict()
def find(context: typing.Any, backup: typing.Any) -> Spared:
    """Return what the deletion of a backup has to leave alone.

    The row of the backup is locked meanwhile. An import of a record with the
    same data locks it too, so that each of the two knows of the other.

    :param backup: with the attributes of Cinder's ``Backup``
    :raises Refused: if the plugin's own database cannot be asked
    """
    key_ids = keys.owned([backup.encryption_key_id])
    lost_ids = {entry.id for entry in lost.naming_keys(context, key_ids)}
    with models.main_context_manager.writer.using(context):
        writes.lock(context, [backup.id])
        if other_id := _with_same_data(context, backup):
            return Spared(
                True, True, f'has the same data as backup {other_id}'
            )
        users = [
            f'{holder.kind} {holder.id}'
            for holder in keys.holders(context, key_ids)
            if (holder.kind, holder.id) != ('backup', backup.id)
        ]
    users += [f'the lost backup {lost_id}' for lost_id in sorted(lost_ids)]
    if users:
        return Spared(key=True, why=f'has the encryption key of {users[0]}')
    return Spared()


def _with_same_data(context: typing.Any, backup: typing.Any) -> str | None:
    """Return the id of another backup that has the same data."""
    prefix = backup.service_metadata
    # In other families many backups name the same data, rightly.
    if chunked.named_id(prefix) is None:
        return None
    others = locations.naming(context, [prefix])
    return next((row.id for row in others if row.id != backup.id), None)
