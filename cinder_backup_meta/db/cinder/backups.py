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

"""Reading the tables ``backups`` and ``backup_metadata``.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one. Where a function takes ids,
soft-deleted rows are returned too, unless it says otherwise.
"""

import collections
from collections.abc import Collection
import datetime
import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import ids
from cinder_backup_meta.db import paging

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__

#: The statuses of a backup whose data is complete.
WHOLE = frozenset(
    (fields.BackupStatus.AVAILABLE, fields.BackupStatus.RESTORING)
)

_NEVER_WHOLE = (fields.BackupStatus.CREATING, fields.BackupStatus.ERROR)

#: The columns by which a repository finds and examines the data of a backup,
#: and that of its project.
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
    'size',
)

_STATE = [
    _BACKUPS.c[name]
    for name in (
        *LOCATION,
        'user_id',
        'status',
        'deleted',
        'encryption_key_id',
        'created_at',
        'deleted_at',
    )
]

# MariaDB turns a longer list into a join (in_predicate_conversion_threshold),
# which takes twice as long as looking for each row in the list.
_LIST = 999


def by_ids(
    context: typing.Any, backup_ids: Collection[str]
) -> list[sa.engine.Row]:
    """Return the rows with these ids, with all columns, in any order."""
    if not backup_ids:
        return []
    query = sa.select(_BACKUPS).where(_BACKUPS.c.id.in_(list(backup_ids)))
    return list(context.session.execute(query))


def get_states(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id what an import needs to know of backups.

    A row has the columns of :data:`LOCATION`, and user_id, status, deleted,
    encryption_key_id, created_at and deleted_at.
    """
    query = sa.select(*_STATE).where(_BACKUPS.c.id.in_(list(backup_ids)))
    return ids.by_asked(context.session.execute(query), backup_ids)


def deletions(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id which of the backups have a row.

    A row has: id, deleted, deleted_at.
    """
    if not backup_ids:
        return {}
    columns = _BACKUPS.c
    query = sa.select(columns.id, columns.deleted, columns.deleted_at).where(
        columns.id.in_(list(backup_ids))
    )
    return ids.by_asked(context.session.execute(query), backup_ids)


def metadata_of(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return the metadata of backups by id.

    Deleted metadata is left out, and so are backups without any.
    """
    if not backup_ids:
        return {}
    columns = _METADATA.c
    query = sa.select(columns.backup_id, columns.key, columns.value).where(
        columns.backup_id.in_(list(backup_ids)), models.live(_METADATA)
    )
    found: dict[str, dict[str, str]] = collections.defaultdict(dict)
    for backup_id, key, value in context.session.execute(query):
        found[backup_id][key] = value
    return found


def live_after(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return the next backups that are not deleted, in the order of their ids.

    A row has: id, status, updated_at, and created_at where updated_at is NULL,
    because reading times takes longer than all the rest.

    :param after: the id that the last page ended with, '' for the first
    """
    columns = _BACKUPS.c
    query = sa.select(
        columns.id,
        columns.status,
        columns.updated_at,
        sa.case(
            (columns.updated_at.is_(None), columns.created_at),
            else_=None,
        ).label('created_at'),
    ).where(models.live(_BACKUPS))
    return paging.rows_after(context, query, columns.id, after, limit)


def count_kept(context: typing.Any) -> int:
    """Return the number of backups that have been available and are there.

    Backups that are being deleted, or whose deletion has failed, count too.
    """
    columns = _BACKUPS.c
    query = sa.select(sa.func.count()).where(
        models.live(_BACKUPS), columns.status.not_in(_NEVER_WHOLE)
    )
    return int(context.session.execute(query).scalar_one())


def drivers_by_zone(
    context: typing.Any,
) -> list[tuple[str | None, str | None]]:
    """Return each zone and driver that backups which are there have."""
    columns = _BACKUPS.c
    query = (
        sa.select(columns.availability_zone, columns.service)
        .where(models.live(_BACKUPS))
        .distinct()
    )
    return [tuple(row) for row in context.session.execute(query)]


def changed_since(context: typing.Any, since: datetime.datetime) -> list[str]:
    """Return the ids of backups created, changed or deleted since a time.

    The times of the metadata are looked at too: a change of the metadata alone
    leaves ``updated_at`` of the backup as it is.

    :param since: in UTC, without a zone; inclusive
    """
    backups = sa.select(_BACKUPS.c.id).where(_touched(_BACKUPS, since))
    metadata = sa.select(_METADATA.c.backup_id).where(
        _touched(_METADATA, since)
    )
    query = sa.union(backups, metadata)
    return list(context.session.execute(query).scalars())


def _touched(
    table: sa.Table, since: datetime.datetime
) -> sa.sql.ColumnElement:
    return sa.or_(
        table.c.created_at >= since,
        table.c.updated_at >= since,
        table.c.deleted_at >= since,
    )


def related_to(
    context: typing.Any,
    parent_ids: Collection[str],
    service_metadata: Collection[str],
) -> list[sa.engine.Row]:
    """Return the backups that name one of these parents, or some data.

    A row has: id, project_id, parent_id, service_metadata, status, deleted,
    deleted_at. They are in any order. Deleted ones are left to the caller to
    discard: Cinder has no index on these columns, and with a condition on
    ``deleted`` MariaDB would use the index that begins with that column, which
    takes longer than reading the whole table. One statement finds both, for
    the same reason.

    :param service_metadata: the names of the data, as in that column
    """
    columns = _BACKUPS.c
    wanted = [
        *_among(columns.parent_id, list(parent_ids)),
        *_among(columns.service_metadata, list(service_metadata)),
    ]
    if not wanted:
        return []
    query = sa.select(
        columns.id,
        columns.project_id,
        columns.parent_id,
        columns.service_metadata,
        columns.status,
        columns.deleted,
        columns.deleted_at,
    ).where(sa.or_(*wanted))
    return list(context.session.execute(query))


def _among(
    column: sa.sql.ColumnElement, values: list[str]
) -> list[sa.sql.ColumnElement]:
    return [
        column.in_(values[start : start + _LIST])
        for start in range(0, len(values), _LIST)
    ]


def parents_above(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, str | None]:
    """Return the parent of each of these backups and of all its ancestors.

    Deleted backups are followed like any other. A backup that descends from
    itself is no problem: the database takes each row once.
    """
    columns = _BACKUPS.c
    line = (
        sa.select(columns.id, columns.parent_id)
        .where(columns.id.in_(list(backup_ids)))
        .cte('line', recursive=True)
    )
    above = _BACKUPS.alias('above')
    line = line.union(
        sa.select(above.c.id, above.c.parent_id).where(
            above.c.id == line.c.parent_id
        )
    )
    rows = context.session.execute(sa.select(line.c.id, line.c.parent_id))
    return {row.id: row.parent_id for row in rows}
