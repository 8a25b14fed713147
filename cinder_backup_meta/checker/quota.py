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

"""Comparing the quota of projects with their backups."""

import typing

from cinder_backup_meta.checker import findings
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_discrepancies
from cinder_backup_meta.db import clock

Code = findings.Code

_Key = tuple[str | None, str]


def check(
    context: typing.Any, report: findings.Report, older_than: int
) -> None:
    """Compare the quota for backups with the backups.

    Whatever differs is compared once more a little later, because Cinder
    charges in several steps. A project with a pending reservation is still
    changing.

    :param older_than: age in seconds from which a reservation is regarded as
        that of a process that has died
    """
    before = clock.ago(older_than)
    first = _look(context, before)
    if not any(first):
        return
    clock.pause()
    second = _look(context, before)
    moving = {
        row.project_id for row in second.reservations if row.number > row.old
    }
    _add_charges(report, first, second, moving)
    for row in second.doubles:
        report.add(
            Code.QUOTA_DOUBLED,
            f'it has {row.number} usage rows for {row.resource}',
            project_id=row.project_id,
        )
    _add_reserved(report, first, second, moving)
    for row in second.reservations:
        if row.old:
            report.add(
                Code.RESERVATION_LEFT,
                f'{row.old} reservations of {row.resource} were left behind '
                'by processes that died',
                project_id=row.project_id,
            )


class _Look(typing.NamedTuple):
    """What was found at one time."""

    charges: list[typing.Any]
    doubles: list[typing.Any]
    reserved: list[typing.Any]
    reservations: list[typing.Any]


@models.main_context_manager.reader
def _look(context: typing.Any, before: typing.Any) -> _Look:
    return _Look(
        quota_discrepancies.charges(context),
        quota_discrepancies.doubles(context),
        quota_discrepancies.reserved(context),
        quota_discrepancies.reservations(context, before),
    )


def _key(row: typing.Any) -> _Key:
    return row.project_id, row.resource


def _add_charges(
    report: findings.Report, first: _Look, second: _Look, moving: set[str]
) -> None:
    before = {
        _key(row): (int(row.charged), int(row.due)) for row in first.charges
    }
    for row in second.charges:
        numbers = int(row.charged), int(row.due)
        if _key(row) not in before:
            continue
        is_charged = bool(row.usages)
        report.add(
            Code.QUOTA_MISCOUNTED if is_charged else Code.QUOTA_UNCHARGED,
            f'it is charged for {numbers[0]} {row.resource} but has '
            f'{numbers[1]}',
            project_id=row.project_id,
            moving=row.project_id in moving or before[_key(row)] != numbers,
        )


def _add_reserved(
    report: findings.Report, first: _Look, second: _Look, moving: set[str]
) -> None:
    before = {_key(row) for row in first.reserved}
    for row in second.reserved:
        if _key(row) in before:
            report.add(
                Code.RESERVED_MISCOUNTED,
                f'{row.stored} {row.resource} are marked as reserved, but the '
                f'reservations add up to {int(row.due)}',
                project_id=row.project_id,
                moving=row.project_id in moving,
            )
