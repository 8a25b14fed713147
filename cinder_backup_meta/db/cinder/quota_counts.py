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

"""What projects use of the quota for backups: as stored, or counted anew.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import datetime
import typing

from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quotas

CONF = cfg.CONF

# Seconds. A reservation that was not committed by then is of a process that
# died.
_DEAD_AFTER = 3600

_USAGES = models.QuotaUsage.__table__
_BACKUPS = models.Backup.__table__
_RESERVATIONS = _USAGES.metadata.tables['reservations']

_Known = dict[tuple[str, str], sa.engine.Row]


def lock(
    context: typing.Any, project_ids: Collection[str], recounted: bool = False
) -> dict[str, list[quotas.Usage]]:
    """Lock the usages of projects and return them, by project.

    They are counted anew where Cinder would do it at its next reservation.

    :param recounted: count them all; but for a project that Cinder is just
        charging or discharging, whose rows and usages don't agree until then
    :returns: a usage for each of :data:`quotas.RESOURCES`, in that order
    """
    known = _lock(context, project_ids)
    stale = {
        key
        for project_id in project_ids
        for resource in quotas.RESOURCES
        if _is_stale(known.get(key := (project_id, resource)))
    }
    if recounted:
        moving = _find_moving(context, project_ids)
        stale.update(key for key in known if key[0] not in moving)
    counted = _count(context, {key[0] for key in stale}, recounted)
    return {
        project_id: [
            _make(
                resource,
                known.get((project_id, resource)),
                counted.get((project_id, resource), 0)
                if (project_id, resource) in stale
                else None,
            )
            for resource in quotas.RESOURCES
        ]
        for project_id in project_ids
    }


def projects(context: typing.Any) -> set[str]:
    """Return all projects that have backups or are charged with some."""
    owners = sa.select(_BACKUPS.c.project_id).where(
        # In this form for the reason told in _count().
        sa.func.coalesce(_BACKUPS.c.deleted, sa.true()) == sa.false()
    )
    charged = sa.select(_USAGES.c.project_id).where(
        _USAGES.c.resource.in_(quotas.RESOURCES),
        _USAGES.c.deleted == sa.false(),
    )
    found = context.session.execute(sa.union(owners, charged)).scalars()
    return {project_id for project_id in found if project_id is not None}


def _lock(context: typing.Any, project_ids: Collection[str]) -> _Known:
    columns = _USAGES.c
    query = (
        sa.select(_USAGES)
        .where(
            quotas.is_of(columns.project_id, project_ids),
            columns.resource.in_(quotas.RESOURCES),
            columns.deleted == sa.false(),
        )
        # Where old releases of Cinder left two of one kind, it uses the last.
        .order_by(columns.id)
        .with_for_update()
    )
    return {
        (row.project_id, row.resource): row
        for row in context.session.execute(query)
    }


def _is_stale(row: sa.engine.Row | None) -> bool:
    """Tell whether Cinder's options ask to count anew instead of adding."""
    if row is None or row.in_use < 0:
        return True
    if row.until_refresh is not None:
        return row.until_refresh <= 1
    if not CONF.max_age or row.updated_at is None:
        return False
    return (_now() - row.updated_at).total_seconds() >= CONF.max_age


def _make(
    resource: str, row: sa.engine.Row | None, counted: int | None
) -> quotas.Usage:
    """Return a usage that one reservation more is being made of.

    :param counted: what the rows add up to, None to go by what is stored
    """
    until_refresh = CONF.until_refresh or None
    if row is None:
        return quotas.Usage(resource, counted or 0, 0, until_refresh)
    if counted is None:
        counted = row.in_use
        if row.until_refresh is not None and until_refresh is not None:
            until_refresh = min(row.until_refresh - 1, until_refresh)
    return quotas.Usage(resource, counted, row.reserved, until_refresh, row.id)


def _find_moving(
    context: typing.Any, project_ids: Collection[str]
) -> set[str]:
    """Return the projects with a reservation that awaits its commit."""
    columns = _RESERVATIONS.c
    since = _now() - datetime.timedelta(seconds=_DEAD_AFTER)
    query = sa.select(columns.project_id).where(
        quotas.is_of(columns.project_id, project_ids),
        columns.resource.in_(quotas.RESOURCES),
        columns.deleted == sa.false(),
        columns.created_at >= since,
    )
    return set(context.session.execute(query).scalars())


def _count(
    context: typing.Any, project_ids: Collection[str], most: bool
) -> dict[tuple[str, str], int]:
    """Return what the rows of projects add up to, by project and resource.

    :param most: most of all rows may be of these projects
    """
    if not project_ids:
        return {}
    columns = _BACKUPS.c
    is_live = columns.deleted == sa.false()
    if most:
        # In this form MariaDB does not go by the index on (deleted,
        # project_id), which would take it several times as long as to read
        # the whole table.
        is_live = sa.func.coalesce(columns.deleted, sa.true()) == sa.false()
    query = (
        sa.select(
            columns.project_id, sa.func.count(), sa.func.sum(columns.size)
        )
        .where(quotas.is_of(columns.project_id, project_ids), is_live)
        .group_by(columns.project_id)
    )
    counted = {}
    for project_id, number, size in context.session.execute(query):
        counted[project_id, quotas.BACKUPS] = number
        counted[project_id, quotas.GIGABYTES] = int(size or 0)
    return counted


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
