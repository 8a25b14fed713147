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

"""What Cinder's quota means for backups: usages and limits.

Cinder reserves, commits and rolls back quota in transactions of its own, so
that a crash between them leaves a reservation or a charge behind. Here a
charge is part of the transaction that makes the rows, see
:mod:`cinder_backup_meta.db.cinder.quota_charges`: both are there, or neither
is.
"""

from collections.abc import Collection
import dataclasses
import typing

from cinder import exception as cinder_exception
from cinder import quota
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import values

BACKUPS = 'backups'
GIGABYTES = 'backup_gigabytes'
RESOURCES = (BACKUPS, GIGABYTES)

#: By project and resource; -1 for none.
Limits = dict[str, dict[str, int]]

_QUOTAS = models.QuotaUsage.metadata.tables['quotas']

# Cinder's own engine knows every volume type too and asks the database for
# them at each use; this one has only what a backup is charged with.
_ENGINE = quota.QuotaEngine()
_ENGINE.register_resources(
    [
        quota.ReservableResource(BACKUPS, '_sync_backups', 'quota_backups'),
        quota.ReservableResource(
            GIGABYTES, '_sync_backup_gigabytes', 'quota_backup_gigabytes'
        ),
    ]
)


@dataclasses.dataclass
class Usage:
    """What is to be stored of one resource of a project."""

    resource: str
    in_use: int
    reserved: int
    until_refresh: int | None
    id: int | None = None

    def add(self, delta: int, limit: int) -> None:
        """Charge, in memory.

        :param limit: -1 for none but that of the column
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
        if self.resource == BACKUPS:
            error = cinder_exception.BackupLimitExceeded(allowed=limit)
        else:
            error = cinder_exception.VolumeBackupSizeExceedsAvailableQuota(
                requested=delta, consumed=total, quota=limit
            )
        raise exception.Refused(reasons.Reason.QUOTA_EXCEEDED, error.msg)

    def exceeds(self, limit: int) -> bool:
        """Tell whether it is beyond a limit, -1 for none."""
        return 0 <= limit < self.in_use + self.reserved


def is_of(
    column: typing.Any, project_ids: Collection[str]
) -> sa.sql.ColumnElement:
    """Return the condition that a row is of one of some projects.

    None among them is that of a caller without a project.
    """
    named = [project_id for project_id in project_ids if project_id]
    if len(named) == len(project_ids):
        return typing.cast(sa.sql.ColumnElement, column.in_(named))
    return sa.or_(column.in_(named), column.is_(None))


def limits_of(context: typing.Any, project_ids: Collection[str]) -> Limits:
    """Return the limits of projects.

    Cinder's own quota driver is asked with a number of statements that is the
    same for any number of projects, others project by project.
    """
    if type(_ENGINE._driver) is not quota.DbQuotaDriver:
        return {
            project_id: _ask(context, project_id) for project_id in project_ids
        }
    defaults = _ENGINE.get_defaults(context)
    limits: Limits = {project_id: dict(defaults) for project_id in project_ids}
    # Which class a project is in only a request of its own tells.
    if context.quota_class and context.project_id in limits:
        limits[context.project_id] = _ask(context, context.project_id)
    for row in _find_own(context, project_ids):
        limits[row.project_id][row.resource] = row.hard_limit
    return limits


def _ask(context: typing.Any, project_id: str) -> dict[str, int]:
    found = _ENGINE.get_project_quotas(context, project_id, usages=False)
    return {resource: found[resource]['limit'] for resource in RESOURCES}


def _find_own(
    context: typing.Any, project_ids: Collection[str]
) -> list[sa.engine.Row]:
    """Return what was set for single projects, as ``cinder quota-update``."""
    columns = _QUOTAS.c
    query = sa.select(
        columns.project_id, columns.resource, columns.hard_limit
    ).where(
        is_of(columns.project_id, project_ids),
        columns.resource.in_(RESOURCES),
        columns.deleted == sa.false(),
        columns.hard_limit.is_not(None),
    )
    return [
        row
        for row in context.session.execute(query)
        if row.project_id in project_ids
    ]
