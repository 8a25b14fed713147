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

"""Comparing the catalog with Cinder's rows."""

import typing

from oslo_config import cfg

from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import states
from cinder_backup_meta.checker import findings
from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.exporter import encoder
from cinder_backup_meta.record import codec
from cinder_backup_meta.repositories import drivers

CONF = cfg.CONF
conf.register_opts(CONF)

Code = findings.Code


class _Suspect(typing.NamedTuple):
    """What seems to be wrong with a backup or its entry."""

    code: Code
    detail: str
    project_id: str | None
    changed_at: typing.Any = None


def check(
    context: typing.Any, report: findings.Report, found: drivers.Instances
) -> None:
    """Compare every backup with its entry, and every entry with its backup.

    The records are compared, not only the times. Whatever differs is compared
    once more, because neither database waits for the other.

    :param found: the instances of the backup driver
    :raises Refused: if the catalog cannot be read
    """
    migration.want_records()
    maker = records.Maker(found)
    with session.errors_refused():
        for ids in _ids_of_backups(context, report):
            _judge(context, report, maker, ids)
        for ids in _ids_without_backup(context, report):
            _judge(context, report, maker, ids)


def _ids_of_backups(
    context: typing.Any, report: findings.Report
) -> typing.Iterator[list[str]]:
    for page in paging.pages(context, backups.live_after):
        report.compared['backups'] += len(page)
        yield [row.id for row in page]


def _ids_without_backup(
    context: typing.Any, report: findings.Report
) -> typing.Iterator[list[str]]:
    """Yield the ids of entries whose backups are deleted or have no row."""
    for page in paging.pages(context, entries.states_after, session.reader):
        report.compared['catalog_entries'] += len(page)
        with models.main_context_manager.reader.using(context):
            known = backups.deletions(context, [row.id for row in page])
        yield [
            row.id
            for row in page
            if row.state != states.DELETED
            and (row.id not in known or known[row.id].deleted)
        ]


def _judge(
    context: typing.Any,
    report: findings.Report,
    maker: records.Maker,
    ids: list[str],
) -> None:
    if not (first := _look(context, maker, ids)):
        return
    # The first time, the entry was read before the row. What was captured in
    # between is in the entry by now.
    second = _look(context, maker, sorted(first))
    for backup_id, suspects in second.items():
        for suspect in suspects:
            report.add(
                suspect.code,
                suspect.detail,
                backup_id=backup_id,
                project_id=suspect.project_id,
                moving=_is_moving(suspect),
            )


def _is_moving(suspect: _Suspect) -> bool:
    """Return whether capture has not had the time to follow yet."""
    changed_at = suspect.changed_at
    if suspect.code is not Code.CATALOG_BEHIND or not changed_at:
        return False
    # What a host with a wrong clock says has changed in the future has not.
    latest = clock.ago(-CONF.backup_meta.clock_skew)
    return bool(clock.ago(_lag()) < changed_at <= latest)


def _lag() -> int:
    """Return within how many seconds a change is captured by itself."""
    options = CONF.backup_meta_catalog
    if not options.capture_interval:
        return 0
    return int(2 * options.capture_interval + options.capture_overlap)


def _look(
    context: typing.Any, maker: records.Maker, ids: list[str]
) -> dict[str, list[_Suspect]]:
    if not ids:
        return {}
    with session.reader(context):
        known = entries.standing(context, ids)
    with models.main_context_manager.reader.using(context):
        rows = {row.id: row for row in backups.by_ids(context, ids)}
        live = [row for row in rows.values() if not row.deleted]
        sorted_ = encoder.sort(live, maker.driver_name)
        made = maker.make(context, live)
    kept = _records_of_lost(context, known, rows)
    foreign = {row.id for row in sorted_.none}
    found = {}
    for backup_id in ids:
        row, entry = rows.get(backup_id), known.get(backup_id)
        values = made.get(backup_id)
        suspects = [
            _judge_gone(entry, row)
            if row is None or row.deleted
            else _judge_live(entry, row, values, foreign),
            _read_back(
                kept.get(backup_id) if values is None else values['record'],
                _project_of(row or entry),
            ),
        ]
        if any(suspects):
            found[backup_id] = [one for one in suspects if one is not None]
    return found


def _records_of_lost(
    context: typing.Any,
    known: dict[str, typing.Any],
    rows: dict[str, typing.Any],
) -> dict[str, str]:
    """Return by id what the catalog has of backups without a row."""
    lost = [
        entry.id
        for entry in known.values()
        if entry.id not in rows and entry.state != states.DELETED
    ]
    with session.reader(context):
        return entries.records(context, lost)


def _project_of(one: typing.Any) -> str | None:
    return None if one is None else one.project_id


def _read_back(record: str | None, project_id: str | None) -> _Suspect | None:
    """Judge what the catalog has, or will have, of a backup.

    :param record: None if there is nothing to be read
    """
    fault = None if record is None else codec.read_back(record)
    if fault is None:
        return None
    return _Suspect(Code.RECORD_UNREADABLE, str(fault), project_id)


def _judge_gone(entry: typing.Any, row: typing.Any) -> _Suspect | None:
    if entry is None or entry.state == states.DELETED:
        return None
    if row is None:
        return _Suspect(
            Code.BACKUP_LOST,
            'the catalog has its record, and Cinder has no row for it',
            entry.project_id,
        )
    return _Suspect(
        Code.CATALOG_BEHIND,
        f'it was deleted at {row.deleted_at}, and the catalog says '
        f'{entry.state}',
        row.project_id,
        row.deleted_at,
    )


def _judge_live(
    entry: typing.Any,
    row: typing.Any,
    made: typing.Any,
    foreign: set[str],
) -> _Suspect | None:
    if row.status not in encoder.WHOLE:
        return None
    if row.id in foreign:
        return _Suspect(
            Code.DRIVER_OTHER,
            f'only hosts with the driver {row.service} can make its record',
            row.project_id,
        )
    if made is None:
        return _Suspect(
            Code.RECORD_IMPOSSIBLE,
            'its record cannot be made here',
            row.project_id,
        )
    changed_at = row.updated_at or row.created_at
    what = None
    if entry is None:
        what = 'the catalog does not have it'
    elif entry.state != states.CURRENT:
        what = f'the catalog says that it is {entry.state}'
    elif entry.digest != made['digest']:
        what = 'the catalog has an earlier record of it'
    if what is None:
        return None
    return _Suspect(
        Code.CATALOG_BEHIND,
        f'{what}; it was changed at {changed_at}',
        row.project_id,
        changed_at,
    )
