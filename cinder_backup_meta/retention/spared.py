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

from cinder.objects import fields

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import keys
from cinder_backup_meta.db.cinder import locations
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import retry
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
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


# The beginnings of the fail_reason of backups that are being deleted without
# all that they have: others do not wait for them to delete it.
_WITHOUT = 'Deleted without its '
_WITHOUT_DATA = f'{_WITHOUT}data and encryption key, '
_WITHOUT_KEY = f'{_WITHOUT}encryption key, '


def find(
    context: typing.Any, backup: typing.Any, is_retained: bool = False
) -> Spared:
    """Return what the deletion of a backup has to leave alone.

    The row of the backup is locked meanwhile. An import of a record with the
    same data locks it too, so that each of the two knows of the other. What is
    left is noted in the row: of several backups with the same data that are
    deleted at once, exactly one destroys it.

    :param backup: with the attributes of Cinder's ``Backup``
    :raises Refused: if the plugin's own database cannot be asked, or if the
        backup must not be deleted
    """
    if is_retained:
        return _retained(context, backup)
    key_ids = keys.owned([backup.encryption_key_id])
    users = [
        f'lost backup {entry.id}'
        for entry in lost.naming_keys(context, key_ids)
    ]
    source_id = chunked.named_id(backup.service_metadata)
    lost_ids = lost.among(context, {source_id or backup.id} - {backup.id})
    return _decide(context, backup, key_ids, users, lost_ids)


@retry.on_conflict()
def _retained(context: typing.Any, backup: typing.Any) -> Spared:
    with models.main_context_manager.writer.using(context):
        writes.lock(context, [backup.id])
        _check_no_children(context, backup)
    return ALL


@retry.on_conflict()
def _decide(
    context: typing.Any,
    backup: typing.Any,
    key_ids: set[str],
    users: list[str],
    lost_ids: set[str],
) -> Spared:
    """Decide and note it in one transaction.

    The backups that share something with this one are locked with it: of two
    that are deleted at once, the second has to see the note of the first.

    :param users: the lost backups that have the key
    :param lost_ids: those that have the data
    """
    sharing = _sharing(context, backup, key_ids)
    with models.main_context_manager.writer.using(context):
        # Before anything is read, for it to be what the lock found.
        writes.lock(context, {backup.id, *sharing})
        _check_no_children(context, backup)
        others = [*_with_same_data(context, backup), *lost_ids]
        if others:
            writes.set_fail_reason(
                context, backup.id, f'{_WITHOUT_DATA}which another backup has'
            )
            return Spared(
                True, True, f'has the same data as backup {others[0]}'
            )
        users = [*_with_same_key(context, backup, key_ids), *users]
        if users:
            writes.set_fail_reason(
                context, backup.id, f'{_WITHOUT_KEY}which is still in use'
            )
            return Spared(
                key=True, why=f'has the encryption key of {users[0]}'
            )
    return Spared()


def _sharing(
    context: typing.Any, backup: typing.Any, key_ids: set[str]
) -> set[str]:
    """Return the ids of the backups with the same data or key.

    None is added before the lock: an import of a record with them is refused
    while the backup is being deleted.
    """
    names = [backup.service_metadata]
    if chunked.named_id(backup.service_metadata) is None:
        names = []
    with models.main_context_manager.reader.using(context):
        holders = keys.holders(context, key_ids)
        rows = locations.naming(context, names) if names else []
    return {
        *(holder.id for holder in holders if holder.kind == 'backup'),
        *(row.id for row in rows),
    }


def _check_no_children(context: typing.Any, backup: typing.Any) -> None:
    """Raise Refused if an incremental backup builds on it.

    cinder-api has asked before it set the status; one may have been imported
    in between.
    """
    children = backups.related_to(context, [backup.id], [])
    if any(not row.deleted for row in children):
        raise exception.Refused(
            reasons.Reason.BACKUP_NOT_AVAILABLE,
            'incremental backups exist for this backup; delete those first',
        )


def _with_same_data(context: typing.Any, backup: typing.Any) -> list[str]:
    """Return the ids of other backups that have the same data."""
    prefix = backup.service_metadata
    # In other families many backups name the same data, rightly.
    if chunked.named_id(prefix) is None:
        return []
    return [
        row.id
        for row in locations.naming(context, [prefix])
        if row.id != backup.id and not _leaves(row, _WITHOUT_DATA)
    ]


def _with_same_key(
    context: typing.Any, backup: typing.Any, key_ids: set[str]
) -> list[str]:
    """Return what else in Cinder has the encryption key of a backup."""
    found = [
        holder
        for holder in keys.holders(context, key_ids)
        if (holder.kind, holder.id) != ('backup', backup.id)
    ]
    ids = [holder.id for holder in found if holder.kind == 'backup']
    left = {
        row.id
        for row in locations.prefixes(context, ids).values()
        if _leaves(row, _WITHOUT)
    }
    return [
        f'{holder.kind} {holder.id}'
        for holder in found
        if holder.id not in left
    ]


def _leaves(row: typing.Any, what: str) -> bool:
    """Return whether a backup is being deleted and leaves something."""
    return row.status == fields.BackupStatus.DELETING and (
        row.fail_reason or ''
    ).startswith(what)
