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

"""Charging the quota for backups within the caller's transaction.

Cinder reserves, commits and rolls back quota in transactions of its own, so
that a crash between them leaves a reservation or a charge behind. Here the
charge is part of the transaction that makes the row: both are there, or
neither is.
"""

import dataclasses
import datetime
import typing

from cinder import exception as cinder_exception
from cinder import quota
from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.db import host
from cinder_backup_meta import exception
from cinder_backup_meta import reason
from cinder_backup_meta import record_values

CONF = cfg.CONF

BACKUPS = 'backups'
GIGABYTES = 'backup_gigabytes'
RESOURCES = (BACKUPS, GIGABYTES)

_USAGES = host.QuotaUsage.__table__
_BACKUPS = host.Backup.__table__

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
class _Usage:
    """What is to be stored of one resource of a project."""

    resource: str
    in_use: int
    reserved: int
    until_refresh: int | None
    id: int | None = None

    @property
    def total(self) -> int:
        return self.in_use + self.reserved


def charge(
    context: typing.Any, project_id: str, backups: int, gigabytes: int
) -> None:
    """Charge a project with backups whose rows are already inserted.

    Answers to ``QUOTAS.reserve`` and ``QUOTAS.commit`` of Cinder in one.

    :param backups: number of the new rows
    :param gigabytes: the sum of their sizes
    :raises Refused: if that is more than the project's limits allow
    """
    deltas = {BACKUPS: backups, GIGABYTES: gigabytes}
    usages = _new_usages(context, project_id, deltas)
    limits = _ENGINE.get_project_quotas(context, project_id, usages=False)
    for usage in usages:
        _check(usage, limits[usage.resource]['limit'], deltas[usage.resource])
    _store(context, project_id, usages)


def _new_usages(
    context: typing.Any, project_id: str, deltas: dict[str, int]
) -> list[_Usage]:
    known = {
        row.resource: row
        for row in context.session.execute(
            sa.select(_USAGES)
            .where(
                _USAGES.c.project_id == project_id,
                _USAGES.c.resource.in_(RESOURCES),
                _USAGES.c.deleted == sa.false(),
            )
            .order_by(_USAGES.c.id)
            .with_for_update()
        )
    }
    counted: dict[str, int] = {}
    if any(_is_stale(known.get(resource)) for resource in RESOURCES):
        counted = _count(context, project_id)
    return [
        _new_usage(resource, known.get(resource), deltas[resource], counted)
        for resource in RESOURCES
    ]


def _is_stale(row: sa.Row | None) -> bool:
    """Tell whether Cinder's options ask to count anew instead of adding."""
    if row is None or row.in_use < 0:
        return True
    if row.until_refresh is not None:
        return row.until_refresh <= 1
    if not CONF.max_age or row.updated_at is None:
        return False
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return (now - row.updated_at).total_seconds() >= CONF.max_age


def _count(context: typing.Any, project_id: str) -> dict[str, int]:
    number, gigabytes = context.session.execute(
        sa.select(sa.func.count(), sa.func.sum(_BACKUPS.c.size)).where(
            _BACKUPS.c.project_id == project_id,
            _BACKUPS.c.deleted == sa.false(),
        )
    ).one()
    return {BACKUPS: number, GIGABYTES: int(gigabytes or 0)}


def _new_usage(
    resource: str, row: sa.Row | None, delta: int, counted: dict[str, int]
) -> _Usage:
    until_refresh = CONF.until_refresh or None
    if row is None:
        return _Usage(resource, counted[resource], 0, until_refresh)
    if _is_stale(row):
        # The count already has the new rows in it.
        return _Usage(
            resource, counted[resource], row.reserved, until_refresh, row.id
        )
    if row.until_refresh is not None and until_refresh is not None:
        until_refresh = min(row.until_refresh - 1, until_refresh)
    return _Usage(
        resource, row.in_use + delta, row.reserved, until_refresh, row.id
    )


def _check(usage: _Usage, limit: int, delta: int) -> None:
    if limit < 0:
        limit = record_values.MAX_INTEGER
    if usage.total <= limit:
        return
    error: cinder_exception.CinderException
    if usage.resource == BACKUPS:
        error = cinder_exception.BackupLimitExceeded(allowed=limit)
    else:
        error = cinder_exception.VolumeBackupSizeExceedsAvailableQuota(
            requested=delta, consumed=usage.total - delta, quota=limit
        )
    raise exception.Refused(reason.Reason.QUOTA_EXCEEDED, error.msg)


def _store(context: typing.Any, project_id: str, usages: list[_Usage]) -> None:
    new = [usage for usage in usages if usage.id is None]
    if new:
        context.session.execute(
            sa.insert(_USAGES),
            [
                {
                    'project_id': project_id,
                    'resource': usage.resource,
                    'in_use': usage.in_use,
                    'reserved': 0,
                    'until_refresh': usage.until_refresh,
                }
                for usage in new
            ],
        )
    for usage in usages:
        if usage.id is not None:
            context.session.execute(
                sa.update(_USAGES)
                .where(_USAGES.c.id == usage.id)
                .values(in_use=usage.in_use, until_refresh=usage.until_refresh)
            )
