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

"""Where the rows of ``backups`` and ``backup_metadata`` contradict each other.

Each function compares in one statement, which sees all rows as they are at one
time in every database. It runs in the transaction that its caller has begun
with Cinder's ``main_context_manager``; none begins or ends one.

All of them return the next rows in the order of the ids of backups; ``after``
is the id that the last page ended with, '' for the first.
"""

from collections.abc import Callable
import datetime
import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import services
from cinder_backup_meta.db import paging

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__


def unsettled(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return backups that are not available.

    A row has: id, project_id, status, host, created_at, updated_at.
    """
    columns = _BACKUPS.c
    query = sa.select(
        columns.id,
        columns.project_id,
        columns.status,
        columns.host,
        columns.created_at,
        columns.updated_at,
    ).where(
        models.live(_BACKUPS),
        sa.func.coalesce(columns.status, '') != fields.BackupStatus.AVAILABLE,
    )
    return paging.rows_after(context, query, columns.id, after, limit)


def wrongly_timed(
    earliest: datetime.datetime, latest: datetime.datetime
) -> Callable[[typing.Any, str, int], list[sa.engine.Row]]:
    """Return what returns backups whose times no clock can have shown.

    A row has: id, project_id, host, created_at, data_timestamp, updated_at.
    """
    columns = _BACKUPS.c
    times = (columns.created_at, columns.data_timestamp, columns.updated_at)
    query = sa.select(columns.id, columns.project_id, columns.host, *times)
    query = query.where(
        models.live(_BACKUPS),
        sa.or_(*(sa.or_(time < earliest, time > latest) for time in times)),
    )

    def find(
        context: typing.Any, after: str, limit: int
    ) -> list[sa.engine.Row]:
        return paging.rows_after(context, query, columns.id, after, limit)

    return find


def unserved(
    context: typing.Any, after: str, limit: int, same_host: bool
) -> list[sa.engine.Row]:
    """Return backups in a zone without an enabled cinder-backup.

    A row has: id, project_id, host, availability_zone, service, status.

    :param same_host: an enabled one has to be the host of the backup
    """
    columns, service = _BACKUPS.c, models.SERVICES.c
    zone = sa.func.coalesce(columns.availability_zone, '')
    serving = [
        *services.serving(),
        sa.or_(zone == '', service.availability_zone == zone),
    ]
    if same_host:
        host = sa.func.coalesce(columns.host, '')
        serving.append(sa.or_(host == '', service.host == host))
    query = sa.select(
        columns.id,
        columns.project_id,
        columns.host,
        columns.availability_zone,
        columns.service,
        columns.status,
    ).where(
        models.live(_BACKUPS),
        ~sa.exists().where(*serving).correlate(_BACKUPS),
    )
    return paging.rows_after(context, query, columns.id, after, limit)


def miscounted(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return backups with a wrong count of those that build on them.

    Cinder counts an incremental backup as soon as its data is complete.
    Whether it has counted one that failed is unknown; both are accepted.

    A row has: id, project_id, counted, whole (the number of its children whose
    data is complete) and live (the number of all its children).
    """
    columns, child = _BACKUPS.c, _BACKUPS.alias('child')
    is_whole = child.c.status.in_(sorted(backups.WHOLE))
    children = (
        sa.select(
            child.c.parent_id,
            sa.func.count().label('live'),
            sa.func.sum(sa.case((is_whole, 1), else_=0)).label('whole'),
        )
        .where(models.live(child), child.c.parent_id.is_not(None))
        .group_by(child.c.parent_id)
        .subquery('children')
    )
    counted = sa.func.coalesce(columns.num_dependent_backups, 0)
    whole = sa.func.coalesce(children.c.whole, 0)
    live = sa.func.coalesce(children.c.live, 0)
    query = (
        sa.select(
            columns.id,
            columns.project_id,
            counted.label('counted'),
            whole.label('whole'),
            live.label('live'),
        )
        .select_from(
            _BACKUPS.outerjoin(children, children.c.parent_id == columns.id)
        )
        .where(
            models.live(_BACKUPS),
            sa.or_(counted < whole, counted > live),
        )
    )
    return paging.rows_after(context, query, columns.id, after, limit)


def parentless(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return incremental backups whose parent is deleted or has no row.

    A row has: id, project_id, status, parent_id.
    """
    columns, parent = _BACKUPS.c, _BACKUPS.alias('parent')
    query = (
        sa.select(
            columns.id, columns.project_id, columns.status, columns.parent_id
        )
        .select_from(
            _BACKUPS.outerjoin(
                parent,
                sa.and_(
                    parent.c.id == columns.parent_id,
                    models.live(parent),
                ),
            )
        )
        .where(
            models.live(_BACKUPS),
            # Stock Cinder has imported empty strings for null.
            sa.func.coalesce(columns.parent_id, '') != '',
            parent.c.id.is_(None),
        )
    )
    return paging.rows_after(context, query, columns.id, after, limit)


def orphaned_metadata(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return the ids in metadata whose backup is deleted or has no row.

    A row has: id, number (of rows of metadata).
    """
    columns = _METADATA.c
    query = (
        sa.select(
            columns.backup_id.label('id'), sa.func.count().label('number')
        )
        .select_from(
            _METADATA.outerjoin(
                _BACKUPS,
                sa.and_(
                    _BACKUPS.c.id == columns.backup_id,
                    models.live(_BACKUPS),
                ),
            )
        )
        .where(
            models.live(_METADATA),
            _BACKUPS.c.id.is_(None),
        )
        .group_by(columns.backup_id)
    )
    return paging.rows_after(context, query, columns.backup_id, after, limit)


def doubled_metadata(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return ids of backups that have a key of their metadata twice.

    A row has: id, number (of rows of metadata), distinct_keys.
    """
    columns = _METADATA.c
    number = sa.func.count()
    keys = sa.func.count(sa.distinct(columns.key))
    query = (
        sa.select(
            columns.backup_id.label('id'),
            number.label('number'),
            keys.label('distinct_keys'),
        )
        .where(models.live(_METADATA))
        .group_by(columns.backup_id)
        .having(number > keys)
    )
    return paging.rows_after(context, query, columns.backup_id, after, limit)
