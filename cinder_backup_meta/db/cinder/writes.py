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

"""Writing the tables ``backups`` and ``backup_metadata``.

The number of statements is the same for any number of backups. Each function
runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one. The transaction of an import
is begun by :mod:`cinder_backup_meta.importer.store`.
"""

import collections
from collections.abc import Collection
from collections.abc import Mapping
import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__


def create(
    context: typing.Any,
    rows: list[dict[str, typing.Any]],
    metadata: Mapping[str, Mapping[str, str]],
) -> None:
    """Insert backups with their metadata.

    :param rows: values by column, with the same columns in each; the other
        columns become NULL or their default
    :param metadata: keys and values by backup id
    :raises oslo_db.exception.DBDuplicateEntry: if there is a row with an id,
        deleted or not
    """
    context.session.execute(sa.insert(_BACKUPS), rows)
    items = [
        {
            'backup_id': row['id'],
            'key': key,
            'value': value,
            'created_at': row['updated_at'],
            'deleted': False,
        }
        for row in rows
        for key, value in metadata.get(row['id'], {}).items()
    ]
    if items:
        context.session.execute(sa.insert(_METADATA), items)


def purge(context: typing.Any, backup_ids: Collection[str]) -> None:
    """Remove soft-deleted backups, as ``cinder-manage db purge`` does.

    An import replaces such rows by purging and inserting them, which takes one
    statement each for all of them; updating each row in another way would take
    a statement for each. A row that is not deleted after all stays, and the
    insertion then fails.
    """
    ids = list(backup_ids)
    if not ids:
        return
    context.session.execute(
        sa.delete(_METADATA).where(_METADATA.c.backup_id.in_(ids))
    )
    context.session.execute(
        sa.delete(_BACKUPS).where(
            _BACKUPS.c.id.in_(ids), _BACKUPS.c.deleted == sa.true()
        )
    )


def lock(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, tuple[str, bool]]:
    """Lock the rows of backups until the transaction ends.

    :returns: status and deleted of each, as they are now, even if the
        transaction has read them before
    """
    columns = _BACKUPS.c
    query = sa.select(columns.id, columns.status, columns.deleted).where(
        columns.id.in_(sorted(backup_ids))
    )
    locked = context.session.execute(
        query.order_by(columns.id).with_for_update()
    )
    return {row.id: (row.status, bool(row.deleted)) for row in locked}


def set_fail_reason(context: typing.Any, backup_id: str, text: str) -> None:
    """Set the ``fail_reason`` of a backup, and nothing else."""
    context.session.execute(
        sa.update(_BACKUPS)
        .where(_BACKUPS.c.id == backup_id)
        .values(fail_reason=text, updated_at=_BACKUPS.c.updated_at)
    )


def add_dependents(
    context: typing.Any, counts: Mapping[str, int], status: str
) -> bool:
    """Add to the numbers of incremental backups that build on backups.

    :param counts: how many to add, by the id of the parent
    :param status: what the status of each parent has to be
    :returns: False if a parent is deleted or its status is another. If True,
        neither can change until the transaction ends, provided that the
        database locks rows
    """
    if not counts:
        return True
    columns = _BACKUPS.c
    parents = collections.defaultdict(list)
    for backup_id in sorted(counts):
        parents[counts[backup_id]].append(backup_id)
    more = sa.case(
        *((columns.id.in_(ids), count) for count, ids in parents.items()),
        else_=0,
    )
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(
            columns.id.in_(sorted(counts)),
            models.live(_BACKUPS),
            columns.status == status,
        )
        .values(
            num_dependent_backups=sa.func.coalesce(
                columns.num_dependent_backups, 0
            )
            + more
        )
    )
    return updated.rowcount == len(counts)


def set_dependents(
    context: typing.Any, backup_id: str, before: int, number: int
) -> bool:
    """Correct the number of incremental backups that build on a backup.

    :returns: False if the number is no longer the one before, or the backup
        is deleted
    """
    columns = _BACKUPS.c
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(
            columns.id == backup_id,
            models.live(_BACKUPS),
            sa.func.coalesce(columns.num_dependent_backups, 0) == before,
        )
        .values(num_dependent_backups=number)
    )
    return bool(updated.rowcount)


def move(
    context: typing.Any,
    backup_id: str,
    before: tuple[str | None, str | None],
    after: tuple[str | None, str | None],
    when: datetime.datetime,
) -> bool:
    """Give a backup to another host in another zone.

    :param before: its host and zone
    :param after: those it gets
    :param when: its new ``updated_at``
    :returns: False if it is no longer what it was before, or is deleted
    """
    columns = _BACKUPS.c
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(
            columns.id == backup_id,
            models.live(_BACKUPS),
            columns.host.is_(None)
            if before[0] is None
            else columns.host == before[0],
            columns.availability_zone == before[1],
        )
        .values(host=after[0], availability_zone=after[1], updated_at=when)
    )
    return bool(updated.rowcount)
