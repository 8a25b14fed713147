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

"""Going through all of ``backups``, with as little as will do of each row.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import selection
from cinder_backup_meta.db import paging

_BACKUPS = models.Backup.__table__


def live_after(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return the next backups that are not deleted, in the order of their ids.

    A row has: id, status, updated_at, and created_at where there is no
    updated_at: to read times takes longer than all the rest.

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
    ).where(selection.IS_LIVE)
    return paging.rows_after(context, query, columns.id, after, limit)


def deletions(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id which of the backups are there, soft-deleted ones too.

    A row has: id, deleted, deleted_at.
    """
    if not backup_ids:
        return {}
    columns = _BACKUPS.c
    query = sa.select(columns.id, columns.deleted, columns.deleted_at).where(
        columns.id.in_(list(backup_ids))
    )
    return {row.id: row for row in context.session.execute(query)}
