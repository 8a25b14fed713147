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

"""Statements on the tables ``backups`` and ``backup_metadata``.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__

#: In these statuses the data of a backup is whole.
WHOLE = frozenset(
    (fields.BackupStatus.AVAILABLE, fields.BackupStatus.RESTORING)
)

#: What a repository finds the data of a backup by and looks at, and whose it
#: is.
LOCATION = (
    'id',
    'project_id',
    'volume_id',
    'container',
    'service_metadata',
    'service',
    'parent_id',
    'object_count',
    'snapshot_id',
)

_STATE = [
    _BACKUPS.c[name]
    for name in (
        *LOCATION,
        'status',
        'deleted',
        'size',
        'encryption_key_id',
        'created_at',
    )
]


def get_states(
    context: typing.Any, backup_ids: typing.Iterable[str]
) -> dict[str, sa.engine.Row]:
    """Return what an import must know of some backups, by id.

    Soft-deleted rows are returned too. A row has: id, status, deleted, and
    what finds the data of a backup and ties it to its chain and its owner.
    """
    query = sa.select(*_STATE).where(_BACKUPS.c.id.in_(list(backup_ids)))
    return {row.id: row for row in context.session.execute(query)}


def descends(context: typing.Any, backup_id: str, ancestor_id: str) -> bool:
    """Tell whether a backup is another one or has it as an ancestor."""
    parent_of = sa.select(_BACKUPS.c.parent_id).where(
        _BACKUPS.c.id == sa.bindparam('child_id')
    )
    seen: set[str] = set()
    current: str | None = backup_id
    while current and current not in seen:
        if current == ancestor_id:
            return True
        seen.add(current)
        current = context.session.scalar(parent_of, {'child_id': current})
    return False


def create(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
) -> None:
    """Insert a backup with its metadata.

    :param values: by column; all columns that are not to be NULL
    :raises oslo_db.exception.DBDuplicateEntry: if the id is there
    """
    context.session.execute(
        sa.insert(_BACKUPS).values(
            num_dependent_backups=_count_children(values['id']), **values
        )
    )
    _create_metadata(context, values['id'], metadata)


def revive(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
) -> bool:
    """Overwrite a soft-deleted backup; a column not given becomes NULL.

    :returns: False if there is no such row, or none that is deleted
    """
    columns = _BACKUPS.c
    row = dict.fromkeys(columns.keys()) | values
    row['num_dependent_backups'] = _count_children(values['id'])
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(columns.id == row.pop('id'), columns.deleted == sa.true())
        .values(row)
    )
    if not updated.rowcount:
        return False
    _create_metadata(context, values['id'], metadata)
    return True


def add_dependent(context: typing.Any, backup_id: str, status: str) -> bool:
    """Count one more incremental backup on a parent.

    :returns: False if the parent is gone or its status is another; a lock on
        its row, where the database has such, keeps both so until the
        transaction ends
    """
    columns = _BACKUPS.c
    counter = sa.func.coalesce(columns.num_dependent_backups, 0)
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(
            columns.id == backup_id,
            columns.deleted == sa.false(),
            columns.status == status,
        )
        .values(num_dependent_backups=counter + 1)
    )
    return bool(updated.rowcount)


def set_dependents(
    context: typing.Any, backup_id: str, before: int, number: int
) -> bool:
    """Correct the count of incremental backups on a parent.

    :returns: False if the count is no longer the one before, or it is gone
    """
    columns = _BACKUPS.c
    updated = context.session.execute(
        sa.update(_BACKUPS)
        .where(
            columns.id == backup_id,
            columns.deleted == sa.false(),
            sa.func.coalesce(columns.num_dependent_backups, 0) == before,
        )
        .values(num_dependent_backups=number)
    )
    return bool(updated.rowcount)


def _count_children(backup_id: str) -> sa.sql.expression.ScalarSelect:
    # An own alias: a statement that writes `backups` must not be taken as
    # the table that the sub-query counts in. The derived table around it is
    # for MySQL, which refuses to read the table that an UPDATE changes.
    child = _BACKUPS.alias('child')
    children = (
        sa.select(child.c.id)
        .where(child.c.parent_id == backup_id, child.c.deleted == sa.false())
        .subquery('children')
    )
    return sa.select(sa.func.count()).select_from(children).scalar_subquery()


def _create_metadata(
    context: typing.Any, backup_id: str, metadata: dict[str, str]
) -> None:
    if metadata:
        context.session.execute(
            sa.insert(_METADATA),
            [
                {
                    'backup_id': backup_id,
                    'key': key,
                    'value': value,
                    'deleted': False,
                }
                for key, value in metadata.items()
            ],
        )
