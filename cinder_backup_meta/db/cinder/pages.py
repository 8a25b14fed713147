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

"""Reading many rows of the tables ``backups`` and ``backup_metadata``.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one. A row has all columns.
"""

import collections
from collections.abc import Collection
import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__


def by_ids(
    context: typing.Any, backup_ids: Collection[str]
) -> list[sa.engine.Row]:
    """Return the rows with these ids, soft-deleted ones too, in any order."""
    if not backup_ids:
        return []
    query = sa.select(_BACKUPS).where(_BACKUPS.c.id.in_(list(backup_ids)))
    return list(context.session.execute(query))


def changed_since(context: typing.Any, since: datetime.datetime) -> list[str]:
    """Return the ids of what was made, changed or deleted since a time.

    What a change of the metadata alone does to ``updated_at`` of the backup
    is nothing; so the metadata's own times are looked at too.

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


def metadata_of(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return the metadata of backups by id; one that has none is absent."""
    if not backup_ids:
        return {}
    columns = _METADATA.c
    query = sa.select(columns.backup_id, columns.key, columns.value).where(
        columns.backup_id.in_(list(backup_ids)),
        columns.deleted == sa.false(),
    )
    found: dict[str, dict[str, str]] = collections.defaultdict(dict)
    for backup_id, key, value in context.session.execute(query):
        found[backup_id][key] = value
    return found
