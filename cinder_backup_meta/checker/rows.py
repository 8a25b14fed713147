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

"""Comparing Cinder's rows of backups with each other."""

import typing

from cinder.objects import fields
from oslo_config import cfg

from cinder_backup_meta.checker import counts
from cinder_backup_meta.checker import findings
from cinder_backup_meta.checker import zones
from cinder_backup_meta import conf
from cinder_backup_meta.db.cinder import discrepancies
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import stuck_imports
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.record import codec

CONF = cfg.CONF
conf.register_opts(CONF)

Code = findings.Code

_MOVING = frozenset(
    (
        fields.BackupStatus.CREATING,
        fields.BackupStatus.DELETING,
        fields.BackupStatus.RESTORING,
    )
)


def check(
    context: typing.Any, report: findings.Report, older_than: int
) -> None:
    """Compare the rows of ``backups`` and ``backup_metadata``.

    :param older_than: age in seconds from which an unfinished import is
        regarded as lost
    """
    left = _left_behind(context, report, older_than)
    _check_statuses(context, report, left)
    _check_counts(context, report)
    _check_parents(context, report)
    _check_zones(context, report)
    _check_metadata(context, report)
    _check_times(context, report)


def _left_behind(
    context: typing.Any, report: findings.Report, older_than: int
) -> set[str]:
    with models.main_context_manager.reader.using(context):
        rows = stuck_imports.find(context, clock.ago(older_than))
    for row in rows:
        report.add(
            Code.IMPORT_LEFT_BEHIND,
            f'an import of stock Cinder left it behind at {row.created_at}',
            backup_id=row.id,
            project_id=row.project_id,
        )
    return {row.id for row in rows}


def _check_statuses(
    context: typing.Any, report: findings.Report, left: set[str]
) -> None:
    for row in paging.rows(context, discrepancies.unsettled):
        if row.id in left:
            continue
        is_moving = row.status in _MOVING
        report.add(
            Code.BACKUP_MOVING if is_moving else Code.BACKUP_FAILED,
            f'its status has been {row.status} since '
            f'{row.updated_at or row.created_at}, on {row.host or "no host"}',
            backup_id=row.id,
            project_id=row.project_id,
        )


def _check_counts(context: typing.Any, report: findings.Report) -> None:
    for one in counts.find(context):
        expected = (
            one.whole
            if one.whole == one.live
            else f'{one.whole} to {one.live}'
        )
        report.add(
            Code.CHILDREN_MISCOUNTED,
            f'Cinder counts {one.counted} backups that build on it, and '
            f'{expected} do',
            backup_id=one.backup_id,
            project_id=one.project_id,
        )


def _check_parents(context: typing.Any, report: findings.Report) -> None:
    for row in paging.rows(context, discrepancies.parentless):
        report.add(
            Code.PARENT_GONE,
            f'it builds on {row.parent_id}, which does not exist',
            backup_id=row.id,
            project_id=row.project_id,
            moving=row.status in _MOVING,
        )


def _check_zones(context: typing.Any, report: findings.Report) -> None:
    for row in zones.find(context):
        report.add(
            Code.ZONE_UNSERVED,
            zones.describe(row),
            backup_id=row.id,
            project_id=row.project_id,
            moving=row.status in _MOVING,
        )


def _check_metadata(context: typing.Any, report: findings.Report) -> None:
    for row in paging.rows(context, discrepancies.orphaned_metadata):
        report.add(
            Code.METADATA_ORPHANED,
            f'it does not exist, but {row.number} keys of its metadata do',
            backup_id=row.id,
        )
    for row in paging.rows(context, discrepancies.doubled_metadata):
        report.add(
            Code.METADATA_DOUBLED,
            f'its metadata has {row.number} rows for {row.distinct_keys} keys',
            backup_id=row.id,
        )


def _check_times(context: typing.Any, report: findings.Report) -> None:
    """Report backups with the times of a host whose clock was wrong."""
    earliest = clock.naive(codec.EARLIEST)
    latest = clock.ago(-CONF.backup_meta.clock_skew)
    find = discrepancies.wrongly_timed(earliest, latest)
    for row in paging.rows(context, find):
        times = (row.created_at, row.data_timestamp, row.updated_at)
        wrong = next(
            time for time in times if time and not earliest <= time <= latest
        )
        report.add(
            Code.CLOCK_WRONG,
            f'one of its times is {wrong}, and by the clock of this host it '
            f'is {clock.truncated(clock.utcnow())}; its host is '
            f'{row.host or "unknown"}',
            backup_id=row.id,
            project_id=row.project_id,
        )
