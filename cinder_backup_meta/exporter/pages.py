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

"""The records of many backups, a page at a time.

The place where a page ends is its marker: the time and the id of the last
backup in turn. An export can therefore be resumed, and is not disturbed by
backups that are created or deleted meanwhile: a backup that exists from its
beginning to its end is in it once.
"""

import dataclasses
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import selection as backup_selection
from cinder_backup_meta.db import ids
from cinder_backup_meta.db import paging
from cinder_backup_meta.exporter import ancestry
from cinder_backup_meta.exporter import encoder
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits
from cinder_backup_meta.repositories import drivers

Item = dict[str, str | None]


@dataclasses.dataclass
class Page:
    """One page of an export.

    :ivar items: id, backup_service, backup_url and ancestor of each record
    :ivar omitted: id, name, project_id, reason and detail of what cannot be
        exported
    :ivar next_marker: where the next page begins, None after the last
    :ivar examined: how many selected backups were gone through
    """

    items: list[Item] = dataclasses.field(default_factory=list)
    omitted: list[Item] = dataclasses.field(default_factory=list)
    next_marker: str | None = None
    examined: int = 0
    length: int = 0


@models.main_context_manager.reader
def export_page(
    context: typing.Any,
    selection: objects.BackupRecordSelection,
    limit: int,
    marker: str | None,
    host_drivers: drivers.Instances,
) -> Page:
    """Return the next records of the selected backups; change nothing.

    Parents come before children. Selected backups come in order; an ancestor
    that is not selected comes directly before, flagged as ancestor.

    :param limit: how many selected backups to go through
    :param marker: ``next_marker`` of the page before
    :param host_drivers: the instances of the host's backup driver
    :raises Refused: with INVALID_MARKER, or if a driver is needed and cannot
        be built
    """
    page = Page()
    after = paging.read_marker(marker)
    rows = backup_selection.after(context, selection, after, limit + 1)
    is_last = len(rows) <= limit
    if after is None and selection.backup_ids is not None:
        page.omitted += _unknown(
            context, selection.backup_ids, selection.project_id
        )
    found = ancestry.find(context, rows[:limit], selection, after)
    made, faults = _make(context, list(found.rows.values()), host_drivers)
    complete = _fill(page, found, made, faults, host_drivers.service)
    if not (complete and is_last):
        # A page goes through at least one backup, so there is a last one.
        assert found.last is not None
        page.next_marker = paging.write_marker(found.last)
    return page


def _unknown(
    context: typing.Any, asked: list[str], project_id: str | None
) -> list[Item]:
    """Return an omission for each requested id that no backup has.

    :param project_id: the only project whose backups are looked for
    """
    rows = ids.by_asked(backups.by_ids(context, asked), asked)
    known = {
        backup_id
        for backup_id, row in rows.items()
        if not row.deleted and project_id in (None, row.project_id)
    }
    return [
        {
            'id': backup_id,
            'name': None,
            'project_id': None,
            'reason': str(reasons.Reason.BACKUP_NOT_FOUND),
            'detail': f'Backup {backup_id} could not be found.',
        }
        for backup_id in dict.fromkeys(asked)
        if backup_id not in known
    ]


def _make(
    context: typing.Any,
    rows: list[typing.Any],
    host_drivers: drivers.Instances,
) -> tuple[dict[str, str], dict[str, Item]]:
    """Return the records by id, and why the others have none."""
    sorted_ = encoder.sort(rows, host_drivers.service)
    made = encoder.make(context, sorted_.own, host_drivers)
    made.update(encoder.make(context, sorted_.any))
    foreign = {row.id for row in sorted_.none}
    faults = {
        row.id: _fault(row, made.get(row.id), row.id in foreign)
        for row in rows
    }
    return made, {key: item for key, item in faults.items() if item}


def _fault(
    row: typing.Any, string: str | None, is_foreign: bool
) -> Item | None:
    if string is not None:
        if len(string) <= limits.MAX_RECORD_LENGTH:
            return None
        return _omission(
            row,
            reasons.Reason.RECORD_TOO_LARGE,
            f'its record is longer than {limits.MAX_RECORD_LENGTH} characters',
        )
    if row.status not in encoder.WHOLE:
        return _omission(
            row,
            reasons.Reason.BACKUP_NOT_AVAILABLE,
            f'Backup status must be available and not {row.status}.',
        )
    if not is_foreign:
        return _omission(
            row,
            reasons.Reason.DRIVER_REFUSED,
            'the backup driver cannot export the backup; the log of '
            'cinder-backup says why',
        )
    return _omission(
        row,
        reasons.Reason.SERVICE_MISMATCH,
        f'only a host with its backup driver {row.service} can write its '
        'record; export this backup separately',
    )


def _fill(
    page: Page,
    found: ancestry.Ancestry,
    made: dict[str, str],
    faults: dict[str, Item],
    driver_name: str,
) -> bool:
    """Put the records into the page, as long as there is room.

    :param driver_name: is named for rows from before Cinder kept the driver,
        as in the export of a single record
    :returns: False if there is more that did not fit
    """
    for unit in found.units():
        entries = [(row, made[row.id]) for row in unit if row.id not in faults]
        length = sum(len(string) for _row, string in entries)
        room = limits.MAX_PAGE_LENGTH - page.length
        if length > room and page.examined:
            return False
        page.items += [
            _item(row, string, row is not unit[-1], driver_name)
            for row, string in entries
        ]
        page.omitted += [faults[row.id] for row in unit if row.id in faults]
        page.length += length
        page.examined += 1
        found.last = backup_selection.place_of(unit[-1])
    return True


def _item(
    row: typing.Any, string: str, ancestor: bool, driver_name: str
) -> Item:
    return {
        'id': row.id,
        'backup_service': row.service or driver_name,
        'backup_url': string,
        'ancestor': 'true' if ancestor else None,
    }


def _omission(row: typing.Any, code: reasons.Reason, detail: str) -> Item:
    return {
        'id': row.id,
        'name': row.display_name,
        'project_id': row.project_id,
        'reason': str(code),
        'detail': detail,
    }
