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

"""Selecting entries of the table ``backup_records``, a page at a time.

Each function runs in the transaction that its caller has begun with
:mod:`cinder_backup_meta.db.catalog.session`; none begins or ends one.

Entries are sorted by the columns that the caller names and, last, by id. Each
page begins behind the last entry of the one before, whatever has been inserted
or deleted meanwhile.
"""

from collections.abc import Collection
from collections.abc import Sequence
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import ids
from cinder_backup_meta.db import paging

_RECORDS = models.BackupRecord.__table__

#: All columns but the record string, which lists leave out.
_LIGHT = [column for column in _RECORDS.c if column.name != 'record']

#: The columns to sort by. Entries without a value come first.
SORT_KEYS: dict[str, sa.sql.ColumnElement] = {
    'captured_at': _RECORDS.c.captured_at,
    'created_at': _RECORDS.c.created_at,
    'id': _RECORDS.c.id,
    'name': sa.func.coalesce(_RECORDS.c.name, ''),
    'project_id': sa.func.coalesce(_RECORDS.c.project_id, ''),
    'size': sa.func.coalesce(_RECORDS.c.size, -1),
    'state': _RECORDS.c.state,
    'volume_id': _RECORDS.c.volume_id,
}

#: The names of keys, each with whether it is sorted in descending order.
Sort = Sequence[tuple[str, bool]]

_BY_TIME = ((_RECORDS.c.created_at, False), (_RECORDS.c.id, False))


def conditions(
    selection: typing.Any, names: Collection[str] = ()
) -> list[sa.sql.ColumnElement]:
    """Return the conditions of a selection.

    :param selection: has the attributes of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    :param names: all forms in which its name may be stored
    """
    columns = _RECORDS.c
    equal = {
        columns.project_id: selection.project_id,
        columns.volume_id: selection.volume_id,
        columns.parent_id: selection.parent_id,
        columns.service: selection.service,
    }
    found = [
        column == value for column, value in equal.items() if value is not None
    ]
    among = {
        columns.id: selection.backup_ids,
        columns.state: selection.states,
        columns.name: names or None,
    }
    found += [
        column.in_(list(values))
        for column, values in among.items()
        if values is not None
    ]
    since, before = (
        clock.naive(when)
        for when in (selection.created_since, selection.created_before)
    )
    if since is not None:
        found.append(columns.created_at >= since)
    if before is not None:
        found.append(columns.created_at < before)
    return found


def page(
    context: typing.Any,
    wanted: list[sa.sql.ColumnElement],
    sort: Sort,
    limit: int,
    marker: str | None,
) -> list[sa.engine.Row] | None:
    """Return the next entries, without their record strings.

    :param wanted: what :func:`conditions` has returned
    :param marker: the id that the last page ended with
    :returns: None if there is no entry with that id
    """
    keys = [(SORT_KEYS[name], down) for name, down in sort]
    if 'id' not in dict(sort):
        keys.append((_RECORDS.c.id, keys[-1][1] if keys else False))
    if marker is not None:
        query = sa.select(*(key for key, _down in keys)).where(
            _RECORDS.c.id == marker
        )
        place = context.session.execute(query).one_or_none()
        if place is None:
            return None
        wanted = [*wanted, *paging.behind(keys, tuple(place))]
    query = (
        sa.select(*_LIGHT)
        .where(*wanted)
        .order_by(*(key.desc() if down else key for key, down in keys))
        .limit(limit)
    )
    return list(context.session.execute(query))


def next_lengths(
    context: typing.Any,
    wanted: list[sa.sql.ColumnElement],
    after: paging.Place | None,
    limit: int,
) -> list[sa.engine.Row]:
    """Return the lengths of the next record strings, oldest backup first.

    A row has: id, created_at, length.

    :param after: where the last page ended, None for the first
    """
    if after is not None:
        wanted = [*wanted, *paging.behind(_BY_TIME, after)]
    query = (
        sa.select(
            _RECORDS.c.id,
            _RECORDS.c.created_at,
            sa.func.length(_RECORDS.c.record).label('length'),
        )
        .where(*wanted)
        .order_by(*(key for key, _down in _BY_TIME))
        .limit(limit)
    )
    return list(context.session.execute(query))


def whole(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id entries with all columns, the record string included."""
    if not backup_ids:
        return {}
    query = sa.select(_RECORDS).where(_RECORDS.c.id.in_(list(backup_ids)))
    return ids.by_asked(context.session.execute(query), backup_ids)
