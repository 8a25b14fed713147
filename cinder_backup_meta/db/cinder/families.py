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

"""What many backups descend from, and what descends from them.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__

# MariaDB makes a join of a longer list (in_predicate_conversion_threshold),
# and that takes it twice as long as to look for each row in the list.
_LIST = 999


def children_of(
    context: typing.Any, backup_ids: Collection[str]
) -> list[sa.engine.Row]:
    """Return the backups that name one of these as parent, in any order.

    Soft-deleted ones too: Cinder has no index on ``parent_id``, and with a
    condition on ``deleted`` MariaDB would go by the one that begins with it,
    which takes longer than to read the whole table. A row has: parent_id,
    deleted.
    """
    if not backup_ids:
        return []
    columns, ids = _BACKUPS.c, list(backup_ids)
    query = sa.select(columns.parent_id, columns.deleted).where(
        sa.or_(
            *(
                columns.parent_id.in_(ids[start : start + _LIST])
                for start in range(0, len(ids), _LIST)
            )
        )
    )
    return list(context.session.execute(query))


def parents_above(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, str | None]:
    """Return the parent of each of these backups and of all its ancestors.

    Deleted ones are gone through like any other. Whether one descends from
    itself makes no difference to the database: it takes each row once.
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
