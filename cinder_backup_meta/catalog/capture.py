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

"""Updating the catalog's entries of given backups.

No clock decides which of two states is newer. A page of backups is captured in
three steps: read the versions of the entries, *then* read Cinder's rows, then
write, provided that the entries still have those versions. If another process
has written in between, it may have read Cinder later, and everything is read
again.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import datetime
import typing

from oslo_db import exception as db_exception
import sqlalchemy as sa

from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import states
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import paging
from cinder_backup_meta.db import retry
from cinder_backup_meta import log as logging
from cinder_backup_meta.record import codec

LOG = logging.getLogger(__name__)


class _Overtaken(Exception):
    """Another process has changed one of the entries; begin again."""


@dataclasses.dataclass
class _Plan:
    """The changes to write.

    :ivar new: entries to insert
    :ivar changed: entries that get a new record, with all columns
    :ivar marked: entries that keep theirs, with the columns that change
    """

    new: list[entries.Values] = dataclasses.field(default_factory=list)
    changed: list[entries.Values] = dataclasses.field(default_factory=list)
    marked: list[entries.Values] = dataclasses.field(default_factory=list)

    def __len__(self) -> int:
        return len(self.new) + len(self.changed) + len(self.marked)

    def storable(self) -> '_Plan':
        """Return a plan without the characters that a database may refuse."""
        return _Plan(
            [records.storable(values) for values in self.new],
            [records.storable(values) for values in self.changed],
            self.marked,
        )

    def singly(self) -> Iterator['_Plan']:
        """Yield each entry as a plan of its own."""
        for values in self.new:
            yield _Plan(new=[values])
        for values in self.changed:
            yield _Plan(changed=[values])
        for values in self.marked:
            yield _Plan(marked=[values])


def capture_ids(
    context: typing.Any, backup_ids: Iterable[str], maker: records.Maker
) -> int:
    """Update the entries of these backups.

    A backup whose data is complete gets an entry, or a new record in its
    entry. Of any other, only the state of the entry is updated, see
    :mod:`.states`.

    :param context: an administrator's
    :param backup_ids: may include ids of which Cinder has no row
    :returns: how many entries were inserted or changed
    :raises oslo_db.exception.DBError: if one of the databases cannot be used
    """
    # All hosts lock the entries in the same order.
    ordered = sorted(set(backup_ids))
    size = paging.PAGE
    return sum(
        _capture_page(context, ordered[begin : begin + size], maker)
        for begin in range(0, len(ordered), size)
    )


@retry.on_conflict(_Overtaken, db_exception.DBDuplicateEntry)
def _capture_page(
    context: typing.Any, backup_ids: list[str], maker: records.Maker
) -> int:
    with session.reader(context):
        known = entries.standing(context, backup_ids)
    rows, made = _read(context, backup_ids, maker)
    plan = _Plan()
    now = clock.utcnow()
    for backup_id in backup_ids:
        _decide(
            plan,
            known.get(backup_id),
            rows.get(backup_id),
            made.get(backup_id),
            now,
        )
    if not plan:
        return 0
    written = _write(context, plan)
    for values in plan.new + plan.changed:
        _read_back(values)
    return written


def _read_back(values: entries.Values) -> None:
    """Log whether a record that was captured could not be recovered."""
    fault = codec.read_back(values['record'])
    if fault is not None:
        LOG.error(
            'The record of backup %(id)s of project %(project)s is captured, '
            'but a recovery would refuse it: %(fault)s. Correct the row of '
            'the backup while Cinder has it; "cinder-backup-meta-manage '
            'check" lists all such backups.',
            {
                'id': values['id'],
                'project': values['project_id'],
                'fault': fault,
            },
        )


@models.main_context_manager.reader
def _read(
    context: typing.Any, backup_ids: list[str], maker: records.Maker
) -> tuple[dict[str, sa.engine.Row], dict[str, entries.Values]]:
    rows = backups.by_ids(context, backup_ids)
    live = [row for row in rows if not row.deleted]
    return {row.id: row for row in rows}, maker.make(context, live)


def _decide(
    plan: _Plan,
    entry: typing.Any,
    row: typing.Any,
    values: entries.Values | None,
    now: datetime.datetime,
) -> None:
    """Add to a plan what to write for one backup.

    :param entry: its entry, None if there is none
    :param row: Cinder's row, None if there is none
    :param values: the columns of its entry, None if no record could be made
    """
    if entry is None:
        if values is not None:
            plan.new.append(_new(values, now))
        return
    state = states.of(entry, row)
    if values is not None and values['digest'] != entry.digest:
        change = values | {'revision': entry.revision + 1, 'captured_at': now}
        plan.changed.append(_change(entry, change, state, now))
        return
    seen = entry.seen_updated_at if values is None else row.updated_at
    mark: entries.Values = {}
    if seen != entry.seen_updated_at:
        mark['seen_updated_at'] = seen
    if state != entry.state:
        mark.update(state=state, state_changed_at=now)
    if mark:
        plan.marked.append(mark | {'id': entry.id, 'version': entry.version})


def _new(values: entries.Values, now: datetime.datetime) -> entries.Values:
    return values | {
        'revision': 1,
        'captured_at': now,
        'state': states.CURRENT,
        'state_changed_at': now,
    }


def _change(
    entry: typing.Any,
    values: entries.Values,
    state: str,
    now: datetime.datetime,
) -> entries.Values:
    return values | {
        'id': entry.id,
        'version': entry.version,
        'state': state,
        'state_changed_at': entry.state_changed_at
        if state == entry.state
        else now,
    }


def _write(context: typing.Any, plan: _Plan) -> int:
    """Write a page; an entry that the database refuses stops no others."""
    storable = plan.storable()
    for attempt in (plan, storable):
        try:
            return _write_at_once(context, attempt)
        except Exception as error:
            if not errors.is_of_value(error):
                raise
    return sum(_write_single(context, single) for single in storable.singly())


def _write_at_once(context: typing.Any, plan: _Plan) -> int:
    with session.writer(context):
        entries.insert(context, plan.new)
        if not (
            entries.replace(context, plan.changed)
            and entries.update(context, plan.marked)
        ):
            raise _Overtaken
    return len(plan)


def _write_single(context: typing.Any, plan: _Plan) -> int:
    try:
        return _write_at_once(context, plan)
    except Exception as error:
        if not errors.is_of_value(error):
            raise
        [values] = plan.new + plan.changed + plan.marked
        LOG.error(
            'The catalog does not accept the record of backup %(id)s: '
            '%(error)s',
            {'id': values['id'], 'error': errors.in_short(error)},
        )
        return 0
