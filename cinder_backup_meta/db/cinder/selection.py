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

They are ordered by the creation time of the backup and then by its id. As a
backup is never older than its parent, it comes after that, unless both were
created at the same time.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging

_BACKUPS = models.Backup.__table__

_CREATED_AT = sa.func.coalesce(_BACKUPS.c.created_at, clock.EPOCH)

_KEYS = ((_CREATED_AT, False), (_BACKUPS.c.id, False))


def place_of(row: typing.Any) -> paging.Place:
    """Return the place of a row in the order."""
    return row.created_at or clock.EPOCH, row.id


def after(
    context: typing.Any,
    selection: typing.Any,
    place: paging.Place | None,
    limit: int,
) -> list[sa.engine.Row]:
    """Return the rows of the next selected backups that are not deleted.

    :param selection: has the attributes of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    :param place: where the last page ended, None for the first
    """
    conditions = [models.live(_BACKUPS), *_conditions(selection)]
    if place is not None:
        conditions += paging.behind(_KEYS, place)
    query = (
        sa.select(_BACKUPS)
        .where(*conditions)
        .order_by(*(key for key, _down in _KEYS))
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
        clock.naive(when)
        for when in (selection.created_since, selection.created_before)
    )
    if since is not None:
        conditions.append(_CREATED_AT >= since)
    if before is not None:
        conditions.append(_CREATED_AT < before)
    return conditions


def selected_among(
    context: typing.Any, selection: typing.Any, backup_ids: Collection[str]
) -> set[str]:
    """Return the ids of those backups that a selection includes.

    The database decides, as it does in :func:`after`: it may compare texts by
    another rule than Python.
    """
    if not backup_ids:
        return set()
    query = sa.select(_BACKUPS.c.id).where(
        _BACKUPS.c.id.in_(list(backup_ids)), *_conditions(selection)
    )
    return set(context.session.execute(query).scalars())
