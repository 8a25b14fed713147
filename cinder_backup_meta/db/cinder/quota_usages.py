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

"""What projects use of the quota for backups, in ``quota_usages``.

A usage is a number that Cinder keeps up to date by adding and subtracting, and
that ought to be what the project's rows in ``backups`` add up to. Cinder locks
the rows of ``quota_usages`` both to reserve and to commit. The functions here
that write lock the same rows before they read anything, so each of the two
sees what the other has done.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import dataclasses
import datetime
import typing

from cinder import exception as cinder_exception
from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quotas
from cinder_backup_meta.db import clock
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import values

CONF = cfg.CONF

# Seconds. A reservation that was not committed by then is that of a process
# that has died.
_DEAD_AFTER = 3600

_USAGES = models.QuotaUsage.__table__
_BACKUPS = models.Backup.__table__
_RESERVATIONS = models.RESERVATIONS

_Key = tuple[str, str]


@dataclasses.dataclass
class Usage:
    """The row of one resource of a project, as it is to be stored.

    :ivar id: None if there is no such row yet
    """

    resource: str
    in_use: int
    reserved: int
    until_refresh: int | None
    id: int | None = None

    def add(self, delta: int, limit: int) -> None:
        """Charge, in memory.

        :param limit: -1 for no other limit than that of the column
        :raises Refused: with QUOTA_EXCEEDED, in Cinder's own words; nothing
            is charged then
        """
        if limit < 0:
            limit = values.MAX_INTEGER
        total = self.in_use + self.reserved
        if total + delta <= limit:
            self.in_use += delta
            return
        error: cinder_exception.CinderException
        if self.resource == quotas.BACKUPS:
            error = cinder_exception.BackupLimitExceeded(allowed=limit)
        else:
            error = cinder_exception.VolumeBackupSizeExceedsAvailableQuota(
                requested=delta, consumed=total, quota=limit
            )
        raise exception.Refused(reasons.Reason.QUOTA_EXCEEDED, error.msg)

    def exceeds(self, limit: int) -> bool:
        """Return whether the usage exceeds a limit, -1 for none."""
        return 0 <= limit < self.in_use + self.reserved


def lock(
    context: typing.Any, project_ids: Collection[str], recounted: bool = False
) -> dict[str, list[Usage]]:
    """Lock the usages of projects and return them, by project.

    They are counted anew where Cinder would do so at its next reservation.

    :param recounted: count all of them anew, except those of projects with a
        reservation that awaits its commit, because their rows and usages do
        not agree until then
    :returns: a usage for each of :data:`.quotas.RESOURCES`, in that order
    """
    known = {
        (row.project_id, row.resource): row
        for row in context.session.execute(
            _select(project_ids).with_for_update()
        )
    }
    keys = [
        (project_id, resource)
        for project_id in dict.fromkeys(project_ids)
        for resource in quotas.RESOURCES
    ]
    stale = {key for key in keys if _is_stale(known.get(key))}
    if recounted:
        since = clock.ago(_DEAD_AFTER)
        moving = _find_moving(context, project_ids, since)
        stale.update(key for key in known if key[0] not in moving)
    counted = _count(context, {key[0] for key in stale}, most=recounted)
    found: dict[str, list[Usage]] = {}
    for key in keys:
        number = counted.get(key, 0) if key in stale else None
        usage = _make(key[1], known.get(key), number)
        found.setdefault(key[0], []).append(usage)
    return found


def projects(context: typing.Any) -> set[str]:
    """Return all projects that have backups or are charged with some."""
    owners = sa.select(_BACKUPS.c.project_id).where(models.live(_BACKUPS))
    charged = sa.select(_USAGES.c.project_id).where(
        _USAGES.c.resource.in_(quotas.RESOURCES), models.live(_USAGES)
    )
    found = context.session.execute(sa.union(owners, charged)).scalars()
    return {project_id for project_id in found if project_id is not None}


def surplus(
    context: typing.Any, project_id: str, without: Collection[str] = ()
) -> dict[str, int]:
    """Return by resource what a project is charged too much, 0 at the least.

    The row of a lost import does not show with how many gigabytes the project
    was charged for it, because Cinder leaves the size out; nor whether it was
    charged at all, as the commit of the reservation may be what was lost. But
    the project has to be charged with what its other rows add up to.

    :param without: ids of backups to leave out of the count
    """
    charged = {
        row.resource: row.in_use
        for row in context.session.execute(_select([project_id]))
    }
    due = _count(context, [project_id], without=without)
    return {
        resource: max(
            charged.get(resource, 0) - due.get((project_id, resource), 0), 0
        )
        for resource in quotas.RESOURCES
    }


def give_back(
    context: typing.Any, project_id: str, since: datetime.datetime
) -> dict[str, int] | None:
    """Discharge a project from what it is charged too much.

    A project that is charged too little stays so.

    :param since: a reservation made before this time, in UTC without a zone,
        is that of a process that has died
    :returns: how much that was, by resource; None, with nothing changed, if
        a reservation of the project awaits its commit
    """
    query = _select([project_id]).with_for_update()
    last = {row.resource: row for row in context.session.execute(query)}
    if _find_moving(context, [project_id], since):
        return None
    due = _count(context, [project_id])
    given = dict.fromkeys(quotas.RESOURCES, 0)
    for resource, row in last.items():
        number = due.get((project_id, resource), 0)
        if row.in_use > number:
            given[resource] = row.in_use - number
            context.session.execute(
                sa.update(_USAGES)
                .where(_USAGES.c.id == row.id)
                .values(in_use=number)
            )
    return given


def _select(project_ids: Collection[str]) -> sa.sql.Select:
    """Return the query for the usages of projects.

    Of two rows of one resource, as old releases of Cinder left them, Cinder
    uses the last, and so does who puts these rows into a dictionary.
    """
    columns = _USAGES.c
    return (
        sa.select(_USAGES)
        .where(
            quotas.is_of(columns.project_id, project_ids),
            columns.resource.in_(quotas.RESOURCES),
            models.live(_USAGES),
        )
        .order_by(columns.id)
    )


def _is_stale(row: sa.engine.Row | None) -> bool:
    """Return whether Cinder would count this usage anew instead of adding.

    That depends on its options ``until_refresh`` and ``max_age``.
    """
    if row is None or row.in_use < 0:
        return True
    if row.until_refresh is not None:
        return row.until_refresh <= 1
    if not CONF.max_age or row.updated_at is None:
        return False
    return row.updated_at <= clock.ago(CONF.max_age)


def _make(
    resource: str, row: sa.engine.Row | None, counted: int | None
) -> Usage:
    """Return a usage as one more reservation would leave it.

    :param counted: what the rows add up to, None to keep what is stored
    """
    until_refresh = CONF.until_refresh or None
    if row is None:
        return Usage(resource, counted or 0, 0, until_refresh)
    if counted is None:
        counted = row.in_use
        if row.until_refresh is not None and until_refresh is not None:
            until_refresh = min(row.until_refresh - 1, until_refresh)
    return Usage(resource, counted, row.reserved, until_refresh, row.id)


def _find_moving(
    context: typing.Any,
    project_ids: Collection[str],
    since: datetime.datetime,
) -> set[str]:
    """Return the projects with a reservation that awaits its commit.

    Between the reservation and its commit Cinder creates or deletes the
    backup, and rows and usages do not agree; that takes seconds. A much older
    reservation is that of a process that has died. Cinder removes it when it
    expires.
    """
    columns = _RESERVATIONS.c
    query = sa.select(columns.project_id).where(
        quotas.is_of(columns.project_id, project_ids),
        columns.resource.in_(quotas.RESOURCES),
        models.live(_RESERVATIONS, indexed=True),
        columns.created_at >= since,
    )
    return set(context.session.execute(query).scalars())


def _count(
    context: typing.Any,
    project_ids: Collection[str],
    most: bool = False,
    without: Collection[str] = (),
) -> dict[_Key, int]:
    """Return what the rows of projects add up to, by project and resource.

    A project without backups is absent.

    :param most: whether most of all rows may be of these projects. MariaDB
        would otherwise use the index on (deleted, project_id), which takes
        several times as long then as reading the whole table
    :param without: ids of backups to leave out of the count
    """
    if not project_ids:
        return {}
    columns = _BACKUPS.c
    query = (
        sa.select(
            columns.project_id, sa.func.count(), sa.func.sum(columns.size)
        )
        .where(
            quotas.is_of(columns.project_id, project_ids),
            models.live(_BACKUPS, indexed=not most),
        )
        .group_by(columns.project_id)
    )
    if without:
        query = query.where(columns.id.not_in(list(without)))
    counted = {}
    for project_id, number, size in context.session.execute(query):
        counted[project_id, quotas.BACKUPS] = number
        counted[project_id, quotas.GIGABYTES] = int(size or 0)
    return counted
