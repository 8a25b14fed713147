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

"""Statements on the table ``backup_records``.

Each function runs in the transaction that its caller has begun with
:mod:`cinder_backup_meta.db.catalog.session`; none begins or ends one.

A row is changed only if its version is still the one that was read. On SQLite
a transaction that has read cannot write if another one has written meanwhile,
hence no function here does both.
"""

from collections.abc import Collection
import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db import ids
from cinder_backup_meta.db import paging

_RECORDS = models.BackupRecord.__table__

#: Values of the columns, by name.
Values = dict[str, typing.Any]

_STANDING = [
    _RECORDS.c[name]
    for name in (
        'id',
        'version',
        'digest',
        'revision',
        'state',
        'state_changed_at',
        'captured_at',
        'seen_updated_at',
        'project_id',
    )
]


def standing(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id what a capture needs to know of entries.

    A row has: id, version, digest, revision, state, state_changed_at,
    captured_at, seen_updated_at, project_id.
    """
    if not backup_ids:
        return {}
    query = sa.select(*_STANDING).where(_RECORDS.c.id.in_(list(backup_ids)))
    return ids.by_asked(context.session.execute(query), backup_ids)


def records(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, str]:
    """Return the record strings of entries by id."""
    if not backup_ids:
        return {}
    query = sa.select(_RECORDS.c.id, _RECORDS.c.record).where(
        _RECORDS.c.id.in_(list(backup_ids))
    )
    return {row.id: row.record for row in context.session.execute(query)}


def states_after(
    context: typing.Any, after: str, limit: int | None, last: str | None = None
) -> list[sa.engine.Row]:
    """Return the next entries in the order of their ids.

    A row has: id, state, seen_updated_at.

    :param after: the id that the last page ended with, '' for the first
    :param last: the last id to return
    """
    columns = _RECORDS.c
    query = sa.select(columns.id, columns.state, columns.seen_updated_at)
    if last is not None:
        query = query.where(columns.id <= last)
    return paging.rows_after(context, query, columns.id, after, limit)


def naming_keys(
    context: typing.Any, key_ids: Collection[str], states: Collection[str]
) -> list[sa.engine.Row]:
    """Return the entries in some states that name one of these keys.

    A row has: id, record, encryption_key_id.

    :param key_ids: in lower case and without hyphens
    """
    columns = _RECORDS.c
    lower = sa.func.lower(columns.encryption_key_id)
    query = sa.select(
        columns.id, columns.record, columns.encryption_key_id
    ).where(
        columns.state.in_(list(states)),
        sa.func.replace(lower, '-', '').in_(list(key_ids)),
    )
    return list(context.session.execute(query))


def insert(context: typing.Any, rows: list[Values]) -> None:
    """Insert entries.

    :raises oslo_db.exception.DBDuplicateEntry: if one of them exists
    """
    if rows:
        context.session.execute(
            sa.insert(_RECORDS), [row | {'version': 1} for row in rows]
        )


def update(context: typing.Any, changes: list[Values]) -> bool:
    """Change some columns of entries.

    Entries with the same changes are changed by one statement, because some
    database drivers would send one for each entry.

    :param changes: for each entry its id, the version that was read, and the
        columns to change
    :returns: False if an entry has another version by now; the caller must
        roll the transaction back then
    """
    alike: dict[typing.Any, list[str]] = {}
    for change in changes:
        rest = {name: value for name, value in change.items() if name != 'id'}
        alike.setdefault(tuple(rest.items()), []).append(change['id'])
    return all(
        _update(context, backup_ids, dict(values))
        for values, backup_ids in alike.items()
    )


def _update(
    context: typing.Any, backup_ids: list[str], values: Values
) -> bool:
    version = values.pop('version')
    updated = context.session.execute(
        sa.update(_RECORDS)
        .where(_RECORDS.c.id.in_(backup_ids), _RECORDS.c.version == version)
        .values(version=version + 1, **values)
    )
    return bool(updated.rowcount == len(backup_ids))


def replace(context: typing.Any, changes: list[Values]) -> bool:
    """Change all columns of entries, by a few statements for all of them.

    :param changes: for each entry the version that was read, and all other
        columns
    :returns: False if an entry has another version by now; the caller must
        roll the transaction back then
    """
    by_version: dict[int, list[str]] = {}
    for change in changes:
        by_version.setdefault(change['version'], []).append(change['id'])
    for version, backup_ids in by_version.items():
        deleted = context.session.execute(
            sa.delete(_RECORDS).where(
                _RECORDS.c.id.in_(backup_ids), _RECORDS.c.version == version
            )
        )
        if deleted.rowcount != len(backup_ids):
            return False
    if changes:
        context.session.execute(
            sa.insert(_RECORDS),
            [row | {'version': row['version'] + 1} for row in changes],
        )
    return True


def purge(
    context: typing.Any, state: str, before: datetime.datetime, limit: int
) -> int:
    """Delete entries that have been in a state since before a time.

    :param limit: the maximum number of entries, so that it does not take long
    :returns: their number
    """
    old = (_RECORDS.c.state == state, _RECORDS.c.state_changed_at < before)
    ids = context.session.scalars(
        sa.select(_RECORDS.c.id).where(*old).limit(limit)
    ).all()
    if not ids:
        return 0
    deleted = context.session.execute(
        sa.delete(_RECORDS).where(_RECORDS.c.id.in_(ids), *old)
    )
    return int(deleted.rowcount)


def count(context: typing.Any) -> dict[str, int]:
    """Return the number of entries by state."""
    query = sa.select(_RECORDS.c.state, sa.func.count()).group_by(
        _RECORDS.c.state
    )
    return {state: number for state, number in context.session.execute(query)}
