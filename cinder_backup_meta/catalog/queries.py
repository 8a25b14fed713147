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

"""Reading the catalog: lists, single entries, and pages with records."""

from collections.abc import Collection
from collections.abc import Iterator
import contextlib
import dataclasses
import typing

from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import states
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import selection as entry_selection
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db import paging
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits

# The columns that go into an object unchanged.
_FIELDS = tuple(
    name for name in objects.BackupRecordEntry.fields if name != 'record'
)


@dataclasses.dataclass
class Page:
    """Entries with their record strings.

    :ivar rows: see :func:`next_page`
    :ivar next_marker: the marker of the next page, None on the last
    """

    rows: list[typing.Any]
    next_marker: str | None = None


@session.bounded
def list_entries(
    context: typing.Any,
    selection: objects.BackupRecordSelection,
    sort: list[str],
    limit: int,
    marker: str | None,
) -> list[objects.BackupRecordEntry]:
    """Return the next selected entries, without their record strings.

    :param sort: each ``key:asc`` or ``key:desc``, the keys being those of
        :data:`cinder_backup_meta.db.catalog.selection.SORT_KEYS`
    :param marker: the id that the last page ended with
    :raises Refused: with INVALID_MARKER, or if the catalog cannot be read
    """
    with _reading(context):
        rows = entry_selection.page(
            context, _wanted(selection), _read_sort(sort), limit, marker
        )
    if rows is None:
        raise exception.Refused(
            reasons.Reason.INVALID_MARKER,
            f'the catalog has no entry {marker}; begin without a marker',
        )
    return [_entry(context, row) for row in rows]


def show(context: typing.Any, backup_id: str) -> objects.BackupRecordEntry:
    """Return the entry of a backup with its record string.

    :raises Refused: with RECORD_NOT_FOUND, or if the catalog cannot be read
    """
    rows = by_ids(context, [backup_id])
    if backup_id not in rows:
        raise exception.Refused(
            reasons.Reason.RECORD_NOT_FOUND,
            f'the catalog has no record of backup {backup_id}',
        )
    entry = _entry(context, rows[backup_id])
    entry.record = rows[backup_id].record
    entry.obj_reset_changes()
    return entry


@session.bounded
def next_page(
    context: typing.Any,
    selection: objects.BackupRecordSelection,
    after: str | None,
    limit: int,
) -> Page:
    """Return the next selected entries with their records, oldest first.

    Parents come before children, unless both were created in the same second.
    If the selection names no states, deleted entries are left out.

    A row has, as attributes: id, record (the record string), digest, revision,
    state, state_changed_at, captured_at, project_id, user_id, volume_id,
    parent_id, name, service, host, availability_zone, size, object_count,
    encryption_key_id and created_at; times in UTC without a zone.

    :param after: ``next_marker`` of the page before
    :param limit: the maximum number of entries; there are fewer, but at least
        one, if their records would be longer than a batch may be
    :raises Refused: with INVALID_MARKER, or if the catalog cannot be read
    """
    place = paging.read_marker(after)
    wanted = _wanted(selection, states.NOT_DELETED)
    with _reading(context):
        following = entry_selection.next_lengths(
            context, wanted, place, limit + 1
        )
        taken = _take(following[:limit])
        rows = entry_selection.whole(context, [row.id for row in taken])
    page = Page([rows[row.id] for row in taken if row.id in rows])
    if len(taken) < len(following):
        page.next_marker = paging.write_marker(
            (taken[-1].created_at, taken[-1].id)
        )
    return page


@session.bounded
def by_ids(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, typing.Any]:
    """Return by id entries of any state, with their records.

    :returns: rows as those of :func:`next_page`; an id without an entry is
        absent
    :raises Refused: if the catalog cannot be read
    """
    with _reading(context):
        return entry_selection.whole(context, backup_ids)


def _take(rows: list[typing.Any]) -> list[typing.Any]:
    """Return the first rows, as many as fit into a batch, at least one."""
    length = 0
    for number, row in enumerate(rows):
        length += row.length
        if number and length > limits.MAX_PAGE_LENGTH:
            return rows[:number]
    return rows


@contextlib.contextmanager
def _reading(context: typing.Any) -> Iterator[None]:
    """Begin a transaction that reads the catalog.

    :raises Refused: if the catalog cannot be read
    """
    migration.want_records()
    with session.errors_refused(), session.reader(context):
        yield


def _wanted(
    selection: objects.BackupRecordSelection,
    default: Collection[str] | None = None,
) -> list[typing.Any]:
    if selection.states is None and default is not None:
        selection = selection.obj_clone()
        selection.states = list(default)
    name = selection.name
    names = [] if name is None else [name, records.plain(name)]
    return entry_selection.conditions(selection, names)


def _read_sort(sort: list[str]) -> entry_selection.Sort:
    read = []
    for item in sort:
        name, _colon, direction = item.partition(':')
        read.append((name, direction == 'desc'))
    return read


def _entry(context: typing.Any, row: typing.Any) -> objects.BackupRecordEntry:
    values = {name: getattr(row, name) for name in _FIELDS}
    entry = objects.BackupRecordEntry(context, **values)
    entry.obj_reset_changes()
    return entry
