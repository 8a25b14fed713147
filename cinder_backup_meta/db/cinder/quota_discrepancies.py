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

"""Where the quota for backups differs from the rows of ``backups``.

Each function compares in one statement, which sees all rows as they are at one
time in every database. It runs in the transaction that its caller has begun
with Cinder's ``main_context_manager``; none begins or ends one. The rows are
returned in no particular order, and only of projects with a difference.
"""

import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quotas

_BACKUPS = models.Backup.__table__
_USAGES = models.QuotaUsage.__table__
_RESERVATIONS = models.RESERVATIONS


def _of_backups(table: typing.Any) -> list[sa.sql.ColumnElement]:
    return [
        table.c.resource.in_(quotas.RESOURCES),
        # Of reservations, all but a few are deleted.
        models.live(table, indexed=True),
    ]


def charges(context: typing.Any) -> list[sa.engine.Row]:
    """Return where a project is not charged with what its backups add up to.

    A row has: project_id, resource, charged, due, and usages, which is 0 if
    the project has no row in ``quota_usages``.
    """
    usages = _USAGES.c
    # Of two rows of one resource, as old releases left them, Cinder uses the
    # last.
    last = (
        sa.select(sa.func.max(usages.id))
        .where(*_of_backups(_USAGES))
        .group_by(usages.project_id, usages.resource)
    )
    both = sa.union_all(
        sa.select(
            usages.project_id,
            usages.resource,
            usages.in_use.label('charged'),
            sa.literal_column('0').label('due'),
            sa.literal_column('1').label('usages'),
        ).where(usages.id.in_(last)),
        _due(quotas.BACKUPS, sa.func.count()),
        _due(
            quotas.GIGABYTES,
            sa.func.coalesce(sa.func.sum(_BACKUPS.c.size), 0),
        ),
    ).subquery('both_sides')
    columns = both.c
    charged, due = sa.func.sum(columns.charged), sa.func.sum(columns.due)
    query = (
        sa.select(
            columns.project_id,
            columns.resource,
            charged.label('charged'),
            due.label('due'),
            sa.func.sum(columns.usages).label('usages'),
        )
        .group_by(columns.project_id, columns.resource)
        .having(charged != due)
    )
    return list(context.session.execute(query))


def _due(resource: str, amount: typing.Any) -> sa.sql.Select:
    columns = _BACKUPS.c
    return (
        sa.select(
            columns.project_id,
            sa.literal_column(f"'{resource}'").label('resource'),
            sa.literal_column('0').label('charged'),
            amount.label('due'),
            sa.literal_column('0').label('usages'),
        )
        .where(models.live(_BACKUPS))
        .group_by(columns.project_id)
    )


def doubles(context: typing.Any) -> list[sa.engine.Row]:
    """Return where a project has several rows of usage of one resource.

    A row has: project_id, resource, number.
    """
    columns = _USAGES.c
    query = (
        sa.select(
            columns.project_id,
            columns.resource,
            sa.func.count().label('number'),
        )
        .where(*_of_backups(_USAGES))
        .group_by(columns.project_id, columns.resource)
        .having(sa.func.count() > 1)
    )
    return list(context.session.execute(query))


def reserved(context: typing.Any) -> list[sa.engine.Row]:
    """Return where ``reserved`` is not the sum of the reservations.

    A row has: project_id, resource, stored, due.
    """
    usages, reservations = _USAGES.c, _RESERVATIONS.c
    awaited = (
        sa.select(
            reservations.usage_id, sa.func.sum(reservations.delta).label('due')
        )
        .where(*_of_backups(_RESERVATIONS), reservations.delta > 0)
        .group_by(reservations.usage_id)
        .subquery('awaited')
    )
    due = sa.func.coalesce(awaited.c.due, 0)
    query = (
        sa.select(
            usages.project_id,
            usages.resource,
            usages.reserved.label('stored'),
            due.label('due'),
        )
        .select_from(
            _USAGES.outerjoin(awaited, awaited.c.usage_id == usages.id)
        )
        .where(*_of_backups(_USAGES), usages.reserved != due)
    )
    return list(context.session.execute(query))


def reservations(
    context: typing.Any, before: datetime.datetime
) -> list[sa.engine.Row]:
    """Return the pending reservations, by project and resource.

    A row has: project_id, resource, number, and old, the number of those made
    before a time.

    :param before: that time, in UTC without a zone
    """
    columns = _RESERVATIONS.c
    is_old = columns.created_at < before
    query = (
        sa.select(
            columns.project_id,
            columns.resource,
            sa.func.count().label('number'),
            sa.func.sum(sa.case((is_old, 1), else_=0)).label('old'),
        )
        .where(*_of_backups(_RESERVATIONS))
        .group_by(columns.project_id, columns.resource)
    )
    return list(context.session.execute(query))
