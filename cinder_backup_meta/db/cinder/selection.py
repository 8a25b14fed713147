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

"""Selecting rows of ``backups`` in the order in which they are exported.

That order is by the time of the backup and, within one time, by id. A backup
is never older than what it builds on, so it comes after that, but for two of
the same time.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__

#: Time and id of a backup: its place in the order.
Key = tuple[datetime.datetime, str]

#: What a row without a time is taken for.
_EPOCH = datetime.datetime(1970, 1, 1)

_CREATED_AT = sa.func.coalesce(_BACKUPS.c.created_at, _EPOCH)


def is_live(table: typing.Any) -> sa.sql.ColumnElement:
    """Return the condition that a row of a table is not deleted."""
    # Not "deleted = false": MariaDB would then go by Cinder's index on
    # (deleted, project_id), which nearly all rows are in, and take five times
    # as long.
    return sa.func.coalesce(table.c.deleted, sa.false()) == sa.false()


IS_LIVE = is_live(_BACKUPS)


def key_of(row: typing.Any) -> Key:
    """Return the place of a row in the order."""
    return row.created_at or _EPOCH, row.id


def after(
    context: typing.Any, selection: typing.Any, marker: Key | None, limit: int
) -> list[sa.engine.Row]:
    """Return the rows of the next selected backups that are not deleted.

    :param selection: has the attributes of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    :param marker: the place of the last backup before
    """
    conditions = [IS_LIVE, *_conditions(selection)]
    if marker is not None:
        created_at, backup_id = marker
        conditions.append(
            sa.or_(
                _CREATED_AT > created_at,
                sa.and_(_CREATED_AT == created_at, _BACKUPS.c.id > backup_id),
            )
        )
    query = (
        sa.select(_BACKUPS)
        .where(*conditions)
        .order_by(_CREATED_AT, _BACKUPS.c.id)
        .limit(limit)
    )
    return list(context.session.execute(query))


def _conditions(selection: typing.Any) -> list[sa.sql.ColumnElement]:
    columns = _BACKUPS.c
    equal = {
        columns.project_id: selection.project_id,
        columns.volume_id: selection.volume_id,
        columns.parent_id: selection.parent_id,
        columns.display_name: selection.name,
        columns.service: selection.service,
    }
    conditions = [
        column == value for column, value in equal.items() if value is not None
    ]
    if selection.backup_ids is not None:
        conditions.append(columns.id.in_(list(selection.backup_ids)))
    since, before = (
        naive(when)
        for when in (selection.created_since, selection.created_before)
    )
    if since is not None:
        conditions.append(_CREATED_AT >= since)
    if before is not None:
        conditions.append(_CREATED_AT < before)
    return conditions


def is_selected(row: typing.Any, selection: typing.Any) -> bool:
    """Tell of a row that is at hand whether the selection has it."""
    wanted = {
        'project_id': selection.project_id,
        'volume_id': selection.volume_id,
        'parent_id': selection.parent_id,
        'display_name': selection.name,
        'service': selection.service,
    }
    created_at, backup_id = key_of(row)
    since = naive(selection.created_since)
    before = naive(selection.created_before)
    return (
        all(
            value is None or getattr(row, name) == value
            for name, value in wanted.items()
        )
        and (selection.backup_ids is None or backup_id in selection.backup_ids)
        and (since is None or since <= created_at)
        and (before is None or created_at < before)
    )


def naive(when: datetime.datetime | None) -> datetime.datetime | None:
    """Return a time as the columns hold it: in UTC, without a zone."""
    if when is None or when.tzinfo is None:
        return when
    return when.astimezone(datetime.timezone.utc).replace(tzinfo=None)
