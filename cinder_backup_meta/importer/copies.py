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

"""Records whose data may be deleted while they are imported.

Backups can have the same data, and the deletion of one of them destroys it if
it is the last. An import looks for the data before its transaction. In the
transaction it locks the backups that have the same data, refuses if one of
them is being deleted, and looks again if one was deleted meanwhile. A deletion
locks its backup, too, while it decides what to destroy; see
:mod:`cinder_backup_meta.retention.spared`.
"""

from collections.abc import Iterable
from collections.abc import Mapping
import typing

from cinder.objects import fields

from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import chunked

# Cinder leaves a backup in ``error`` if its driver fails to delete it, perhaps
# after it has destroyed a part of the data.
_DELETING = (
    fields.BackupStatus.DELETING,
    fields.BackupStatus.ERROR_DELETING,
    fields.BackupStatus.ERROR,
)

#: Rows of backups by the name of the data that they have.
Data = Mapping[str, Iterable[typing.Any]]


class Deleted(Exception):
    """The data of some entries was deleted, perhaps after it was looked for.

    What was deleted is noted in the entries; look for the data again.
    """


def prefix_of(entry: entries.Entry) -> str | None:
    """Return the name of an entry's data, None if it proves nothing.

    In other families many backups name the same data, rightly.
    """
    prefix = entry.values['service_metadata']
    return prefix if chunked.named_id(prefix) else None


def check_not_deleting(entry: entries.Entry, data: Data) -> None:
    """Raise Refused if a backup with the same data is being deleted.

    :raises Refused: with DATA_BEING_DELETED
    """
    for row in data.get(prefix_of(entry) or '', ()):
        if not row.deleted and row.status in _DELETING:
            raise exception.Refused(
                reasons.Reason.DATA_BEING_DELETED,
                'a backup that has the same data is being deleted, or its '
                'deletion has failed; import the record after the deletion, '
                'or reset the state of that backup',
            )


def note_deletions(
    created: Iterable[entries.Entry],
    states: Mapping[str, typing.Any],
    data: Data,
) -> None:
    """Note what was deleted of the data of entries that become backups.

    :param states: rows by id, the entries' own among them
    :raises Deleted: if that is news
    """
    is_new = False
    for entry in created:
        own = states.get(entry.record.id)
        rows = [*data.get(prefix_of(entry) or '', ()), *([own] if own else ())]
        found = {(row.id, row.deleted_at) for row in rows if row.deleted}
        is_new = is_new or not found <= entry.deletions
        entry.deletions |= found
    if is_new:
        raise Deleted


def lock(
    context: typing.Any, created: Iterable[entries.Entry], data: Data
) -> bool:
    """Lock the backups that have the data of entries.

    :returns: False if one of them has changed since it was read
    """
    read = {
        row.id: row.status
        for entry in created
        for row in data.get(prefix_of(entry) or '', ())
        if not row.deleted
    }
    if not read:
        return True
    found = writes.lock(context, read)
    return found == {
        backup_id: (status, False) for backup_id, status in read.items()
    }
