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

"""Chains: incremental backups, and the ones that they build on."""

from collections.abc import Iterable
import typing

from cinder.objects import fields as cinder_fields

from cinder_backup_meta.db import clock
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import rows
from cinder_backup_meta import reasons

DELETED = cinder_fields.BackupStatus.DELETED

Entries = dict[str, entries.Entry]


def check_parent(
    values: dict[str, typing.Any], parent: typing.Any, times: bool = True
) -> None:
    """Raise Refused if a backup cannot build on its parent.

    :param values: the columns of the backup's row
    :param parent: those of the row that its ``parent_id`` names, None if
        there is no such row
    :param times: whether the parent has to be older by the times of the rows,
        which hosts with different clocks have written
    :raises Refused: with the PARENT reason
    """
    parent_id = values['parent_id']
    if parent is None or parent.deleted or parent.status == DELETED:
        raise parent_missing(parent_id)
    if parent.status != rows.AVAILABLE:
        raise exception.Refused(
            reasons.Reason.PARENT_NOT_AVAILABLE,
            f'the backup is incremental and its parent {parent_id} is '
            f'{parent.status}, not available; wait for it or reset its state '
            'first',
        )
    # MariaDB finds a volume by its id in upper case, and Cinder stores that.
    if parent.volume_id.lower() != values['volume_id'].lower():
        raise exception.Refused(
            reasons.Reason.PARENT_OF_OTHER_VOLUME,
            f'the backup is incremental and its parent {parent_id} is a '
            'backup of another volume',
        )
    made = clock.truncated(parent.created_at)
    if times and made and made > values['created_at']:
        raise exception.Refused(
            reasons.Reason.PARENT_NOT_OLDER,
            f'the backup is incremental and its parent {parent_id} was made '
            'after it',
        )


def parent_missing(parent_id: str) -> exception.Refused:
    """Return the refusal of a backup whose parent is not here."""
    return exception.Refused(
        reasons.Reason.PARENT_MISSING,
        f'the backup is incremental and its parent {parent_id} is not in '
        "this cloud; import the parent's record first",
    )


def parent_is_descendant(parent_id: str) -> exception.Refused:
    """Return the refusal of a backup that would descend from itself.

    Cinder's restore would follow such a cycle forever.
    """
    return exception.Refused(
        reasons.Reason.PARENT_IS_DESCENDANT,
        f'its parent {parent_id} descends from the backup itself',
    )


class ParentRefused(exception.Refused):
    """A backup builds on one that is refused in the same page.

    :ivar root_id: the backup whose refusal began it
    :ivar root: that refusal
    """

    def __init__(self, parent_id: str, fault: exception.Refused) -> None:
        self.root_id, self.root = parent_id, fault
        relation = 'parent'
        if isinstance(fault, ParentRefused):
            self.root_id, self.root = fault.root_id, fault.root
            relation = 'ancestor'
        super().__init__(
            reasons.Reason.PARENT_REFUSED,
            f'the backup is incremental and its {relation} {self.root_id} is '
            f'refused ({self.root.code})',
        )


def parents_first(page: Iterable[entries.Entry]) -> list[entries.Entry]:
    """Return the open entries, each behind that of its parent.

    Apart from that they stay in the order of the page. Entries that descend
    from themselves are refused.
    """
    open_ = {entry.record.id: entry for entry in page if entry.is_open}
    placed: Entries = {}
    for entry in open_.values():
        path = _climb(entry, open_, placed)
        for backup_id in reversed(path):
            placed[backup_id] = path[backup_id]
    return [entry for entry in placed.values() if entry.is_open]


def _climb(entry: entries.Entry, open_: Entries, placed: Entries) -> Entries:
    """Return an entry and those of its ancestors that have no place yet."""
    path: Entries = {}
    current: entries.Entry | None = entry
    while current is not None and current.record.id not in placed:
        if current.record.id in path:
            _refuse_circle(current, path)
            break
        path[current.record.id] = current
        current = open_.get(current.values['parent_id'])
    return path


def _refuse_circle(meeting: entries.Entry, path: Entries) -> None:
    """Refuse the last part of a path, which leads back to its beginning."""
    for backup_id in reversed(path):
        parent_id = path[backup_id].values['parent_id']
        path[backup_id].fault = parent_is_descendant(parent_id)
        if path[backup_id] is meeting:
            break
