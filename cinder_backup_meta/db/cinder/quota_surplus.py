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

"""Statements on quota that is charged to a project for backups it lacks.

How many gigabytes a lost import was charged with can't be told from its row:
Cinder leaves the size out of it. It need not have been charged at all, if
what was lost with it was the commit of its reservation. What the project has
to be charged with is known all the same: it is what its rows add up to.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quotas

_BACKUPS = models.Backup.__table__
_USAGES = models.QuotaUsage.__table__
_RESERVATIONS = _USAGES.metadata.tables['reservations']


def get(
    context: typing.Any, project_id: str, without: Collection[str] = ()
) -> dict[str, int]:
    """Return what is charged too much, never less than 0, by resource.

    :param without: ids of backups to leave out of the count
    """
    usages = context.session.execute(_select_usages(project_id))
    charged = {usage.resource: usage.in_use for usage in usages}
    due = _count(context, project_id, without)
    return {
        resource: max(charged.get(resource, 0) - due[resource], 0)
        for resource in quotas.RESOURCES
    }


def give_back(
    context: typing.Any, project_id: str, since: datetime.datetime
) -> dict[str, int] | None:
    """Take what is charged too much off the project.

    A project that is charged too little stays so.

    :param since: a reservation from before this time, in UTC without a zone,
        is a dead one
    :returns: how much that was, by resource; None, with nothing changed, if
        Cinder is just charging or discharging the project
    """
    # The lock comes before all that is read: Cinder takes it too, to reserve
    # and to commit.
    usages = list(
        context.session.execute(_select_usages(project_id).with_for_update())
    )
    if _is_moving(context, project_id, since):
        return None
    due = _count(context, project_id)
    # Where old releases of Cinder left two of one kind, it uses the last.
    last = {usage.resource: usage for usage in usages}
    given = dict.fromkeys(quotas.RESOURCES, 0)
    for resource, usage in last.items():
        if usage.in_use > due[resource]:
            given[resource] = usage.in_use - due[resource]
            _set(context, usage.id, due[resource])
    return given


def _is_moving(
    context: typing.Any, project_id: str, since: datetime.datetime
) -> bool:
    """Tell whether a reservation of the project awaits its commit.

    Between the two Cinder makes or deletes the row, and rows and charges
    don't agree. That is over within seconds. A reservation that is there much
    longer is of a process that died; Cinder removes it when it expires.
    """
    columns = _RESERVATIONS.c
    query = sa.select(columns.id).where(
        columns.project_id == project_id,
        columns.resource.in_(quotas.RESOURCES),
        columns.deleted == sa.false(),
        columns.created_at >= since,
    )
    return context.session.execute(query).first() is not None


def _select_usages(project_id: str) -> sa.sql.Select:
    columns = _USAGES.c
    return (
        sa.select(columns.id, columns.resource, columns.in_use)
        .where(
            columns.project_id == project_id,
            columns.resource.in_(quotas.RESOURCES),
            columns.deleted == sa.false(),
        )
        .order_by(columns.id)
    )


def _set(context: typing.Any, usage_id: int, in_use: int) -> None:
    context.session.execute(
        sa.update(_USAGES)
        .where(_USAGES.c.id == usage_id)
        .values(in_use=in_use)
    )


def _count(
    context: typing.Any, project_id: str, without: Collection[str] = ()
) -> dict[str, int]:
    columns = _BACKUPS.c
    query = sa.select(sa.func.count(), sa.func.sum(columns.size)).where(
        columns.project_id == project_id,
        columns.deleted == sa.false(),
        columns.id.not_in(list(without)),
    )
    number, gigabytes = context.session.execute(query).one()
    return {quotas.BACKUPS: number, quotas.GIGABYTES: int(gigabytes or 0)}
