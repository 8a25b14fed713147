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

"""How far the catalog is behind Cinder.

Only the times of the rows are compared, which takes less than a second for
100,000 backups. A change of a backup's metadata does not show in them.
"""

from collections.abc import Iterator
import dataclasses
import datetime
import typing

from cinder_backup_meta.catalog import states
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import marks
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.exporter import encoder
from cinder_backup_meta import objects

# The number of rows that are compared together.
_PAGE = 10000


@dataclasses.dataclass
class _Behind:
    """The backups whose entries are out of date.

    :ivar number: how many they are
    :ivar since: when the first of them changed
    """

    number: int = 0
    since: datetime.datetime | None = None

    def add(self, since: datetime.datetime) -> None:
        self.number += 1
        self.since = since if self.since is None else min(self.since, since)

    def seconds(self) -> float | None:
        """Return for how long, None if there are none."""
        if self.since is None:
            return None
        return max(0.0, (clock.utcnow() - self.since).total_seconds())


@session.bounded
def get(context: typing.Any) -> objects.BackupRecordCatalogStatus:
    """Return the numbers of entries, and how many backups are behind.

    A backup is behind if its data is complete and it has no entry, or an entry
    that is not ``current`` or has seen an earlier change only; or if its entry
    is ``current`` although Cinder has deleted it or has no row of it.

    :param context: an administrator's
    :raises Refused: if the catalog cannot be read
    """
    migration.want_records()
    with session.errors_refused(), session.reader(context):
        numbers = entries.count(context)
        mark = marks.latest(context)
    behind = _compare(context, mark)
    return objects.BackupRecordCatalogStatus.with_defaults(
        context,
        behind=behind.number,
        oldest_behind_seconds=behind.seconds(),
        last_capture_at=mark.last_capture_at,
        last_comparison_at=mark.last_comparison_at,
        **{
            state: numbers.get(state, 0)
            for state in objects.BackupRecordEntry.STATES
        },
    )


def _compare(context: typing.Any, mark: marks.Mark) -> _Behind:
    behind = _Behind()
    for rows, page in _side_by_side(context):
        live = {row.id for row in rows}
        known = {entry.id: entry for entry in page}
        for row in rows:
            if row.status in encoder.WHOLE and not _is_level(
                row, known.get(row.id)
            ):
                behind.add(row.updated_at or row.created_at or clock.EPOCH)
        gone = [
            entry.id
            for entry in page
            if entry.state == states.CURRENT and entry.id not in live
        ]
        for since in _since(context, gone, mark):
            behind.add(since)
    return behind


def _side_by_side(
    context: typing.Any,
) -> Iterator[tuple[list[typing.Any], list[typing.Any]]]:
    """Yield pages of backups with the entries in the same range of ids."""
    after: str | None = ''
    while after is not None:
        with models.main_context_manager.reader.using(context):
            rows = backups.live_after(context, after, _PAGE)
        last = rows[-1].id if len(rows) == _PAGE else None
        with session.errors_refused(), session.reader(context):
            page = entries.states_after(context, after, None, last)
        yield rows, page
        after = last


def _is_level(row: typing.Any, entry: typing.Any) -> bool:
    return (
        entry is not None
        and entry.state == states.CURRENT
        and entry.seen_updated_at == row.updated_at
    )


def _since(
    context: typing.Any, gone: list[str], mark: marks.Mark
) -> Iterator[datetime.datetime]:
    """Yield when backups were deleted, or else when they were last seen."""
    with session.errors_refused(), session.reader(context):
        known = entries.standing(context, gone)
    with models.main_context_manager.reader.using(context):
        rows = backups.deletions(context, gone)
    for backup_id, entry in known.items():
        row = rows.get(backup_id)
        if row is not None and not row.deleted:
            # It has been imported again meanwhile.
            continue
        if row is not None and row.deleted_at is not None:
            yield row.deleted_at
        else:
            seen_at = mark.last_comparison_at or entry.captured_at
            yield max(entry.captured_at, seen_at)
