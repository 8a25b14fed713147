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

"""Which records of a page become backups, as far as the database decides."""

import collections
from collections.abc import Collection
from collections.abc import Iterable
import dataclasses
import types
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta.db import clock
from cinder_backup_meta import exception
from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import copies
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import sight
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import naming

# What finds the data of a backup and ties it to its chain and its owner. The
# rest, such as its name, may well have been edited since.
_IDENTITY = (
    'project_id',
    'volume_id',
    'container',
    'service_metadata',
    'parent_id',
    'size',
    'object_count',
    'encryption_key_id',
    'snapshot_id',
)


@dataclasses.dataclass
class Known:
    """The rows of the database that concern a page.

    :ivar states: rows by id: those of the page and of their parents
    :ivar parents: the parents of the latter, and of all above them, by id;
        empty if none of the page can be among them
    :ivar children: how many backups that are there name one as their parent
    :ivar data: by ``service_metadata``, the backups that name the data of the
        page, deleted ones too
    :ivar holders: what names the encryption keys of the page; None if the
        records are trusted with their keys
    :ivar project_id: the only project whose backups the importer sees; None
        if it sees all
    """

    states: dict[str, typing.Any]
    parents: dict[str, str | None]
    children: collections.Counter[str]
    data: dict[str, list[typing.Any]] = dataclasses.field(default_factory=dict)
    holders: keys.Holders | None = None
    project_id: str | None = None

    def children_of(self, backup_id: str) -> list[typing.Any]:
        """Return the rows that name a backup as their parent."""
        return [
            row
            for rows in self.data.values()
            for row in rows
            if row.parent_id == backup_id and not row.deleted
        ]


def read_known(context: typing.Any, page: Collection[entries.Entry]) -> Known:
    """Return what the database has, in the transaction of the caller.

    :param page: open entries
    """
    named = {entry.record.id: copies.prefix_of(entry) for entry in page}
    above = {entry.values['parent_id'] for entry in page} - {None}
    sources = sight.source_ids(page)
    states = backups.get_states(
        context, sorted(named.keys() | above | sources)
    )
    gone = {
        backup_id: prefix
        for backup_id, prefix in named.items()
        if backup_id not in states or states[backup_id].deleted
    }
    related = backups.related_to(
        context, list(gone), {prefix for prefix in gone.values() if prefix}
    )
    children = [row for row in related if row.parent_id in gone]
    data: dict[str, list[typing.Any]] = collections.defaultdict(list)
    for row in related:
        data[row.service_metadata].append(row)
    # Without a child none of them can be above another backup.
    parents = backups.parents_above(context, above) if children else {}
    return Known(
        states,
        parents,
        collections.Counter(
            row.parent_id for row in children if not row.deleted
        ),
        data,
    )


@dataclasses.dataclass
class Plan:
    """What becomes of the records, by backup id.

    :ivar created: those that become backups, parents first
    :ivar there: those whose backups are there already
    :ivar faults: why the others are refused
    """

    created: dict[str, entries.Entry] = dataclasses.field(default_factory=dict)
    there: set[str] = dataclasses.field(default_factory=set)
    faults: dict[str, exception.Refused] = dataclasses.field(
        default_factory=dict
    )

    def count_children(self) -> dict[str, int]:
        """Return how many children of each backup are among the created."""
        counts: dict[str, int] = {}
        for entry in self.created.values():
            if parent_id := entry.values['parent_id']:
                counts[parent_id] = counts.get(parent_id, 0) + 1
        return counts


def make(
    page: Iterable[entries.Entry],
    faults: dict[str, exception.Refused],
    known: Known,
    accounts: quota_charges.Accounts,
    repository: base.Repository,
    refuse_existing: bool = False,
    planned: Collection[str] = (),
) -> Plan:
    """Return the plan for open entries, decided on one after the other.

    Refusing a record also refuses those that build on it, and no other.

    :param page: parents first
    :param faults: of the other records of the page, by backup id
    :param accounts: are charged with what is created
    :param refuse_existing: refuse whatever is there already
    :param planned: parents that a dry run assumes to exist
    """
    plan = Plan(faults=dict(faults))
    for entry in page:
        backup_id = entry.record.id
        state = known.states.get(backup_id)
        try:
            _check_sight(entry, known)
            if is_there(entry.record, entry.values, state, refuse_existing):
                plan.there.add(backup_id)
                continue
            if not _is_planned(entry, known, planned):
                _check_parent(entry, known, plan, repository)
            copies.check_not_deleting(entry, known.data)
            if known.holders:
                known.holders.check(entry)
            accounts.charge(entry.values['project_id'], entry.values['size'])
        except exception.Refused as error:
            plan.faults[backup_id] = error
            continue
        plan.created[backup_id] = entry
    return plan


def is_there(
    record: typing.Any,
    values: dict[str, typing.Any],
    state: typing.Any,
    refuse_existing: bool = False,
) -> bool:
    """Return whether the backup of a record is there already.

    :param values: the columns of the row that the record would become
    :param state: the row with its id from
        :func:`cinder_backup_meta.db.cinder.backups.get_states`, None
        without one
    :param refuse_existing: whether one that is there is refused, even if it
        is the same
    :returns: False if there is no such backup, or a soft-deleted one
    :raises Refused: with BACKUP_EXISTS if there is one and it differs
    """
    if state is None or state.deleted:
        return False
    if refuse_existing:
        raise _exists(state, 'nothing needs to be imported')
    if state.status not in backups.WHOLE:
        raise _exists(state, 'an import does not change it')
    if different := _find_differences(record, values, state):
        raise _exists(
            state,
            'it is not the backup that the record describes: '
            f'{_join(different)} '
            f'{"differs" if len(different) == 1 else "differ"}',
        )
    return True


def _exists(state: typing.Any, what: str) -> exception.Refused:
    """Return the refusal of a backup that is there, in Cinder's own words."""
    return exception.Refused(
        reasons.Reason.BACKUP_EXISTS,
        f'Backup already exists in database. Its id is {state.id} and its '
        f'status is {state.status}; {what}',
    )


def _find_differences(
    record: typing.Any, values: dict[str, typing.Any], state: typing.Any
) -> list[str]:
    # A number of objects that is not known is exported as 0.
    different = [
        name
        for name in _IDENTITY
        if (getattr(state, name) or None) != (values[name] or None)
        and not _is_same_container(name, getattr(state, name), values[name])
    ]
    # A record without a time gets that of its import.
    if rows.get(record, 'created_at') is not None and (
        clock.truncated(state.created_at) != values['created_at']
    ):
        different.append('created_at')
    if not drivers.is_driver(state.service, values['service']):
        different.append('service')
    return different


def _is_same_container(name: str, one: str | None, other: str | None) -> bool:
    # The row may have been written as its user spelt it.
    return name == 'container' and naming.is_same_path(one, other)


def _join(names: list[str]) -> str:
    return ' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))


def _is_planned(
    entry: entries.Entry, known: Known, planned: Collection[str]
) -> bool:
    """Return whether a dry run has to take the parent of a record on trust."""
    parent_id = entry.values['parent_id']
    if parent_id not in planned:
        return False
    state = known.states.get(parent_id)
    return bool(state is None or state.deleted)


def _check_sight(entry: entries.Entry, known: Known) -> None:
    """Refuse what refers to backups that the importer does not see."""
    if known.project_id is None:
        return
    backup_id = entry.record.id
    related = known.data.get(copies.prefix_of(entry) or '', [])
    sight.check(
        entry,
        [
            known.states.get(backup_id),
            *map(known.states.get, sight.source_ids([entry])),
            *related,
            *known.children_of(backup_id),
        ],
        known.project_id,
    )


def _check_parent(
    entry: entries.Entry,
    known: Known,
    plan: Plan,
    repository: base.Repository,
) -> None:
    parent_id = entry.values['parent_id']
    if not parent_id:
        return
    if parent_id in plan.faults:
        raise chains.ParentRefused(parent_id, plan.faults[parent_id])
    parent = known.states.get(parent_id)
    if sight.is_hidden(parent, known.project_id):
        parent = None
    if parent_id in plan.created:
        values = plan.created[parent_id].values
        parent = types.SimpleNamespace(**values)
    chains.check_parent(entry.values, parent, times=not entry.is_ours)
    repository.check_parent(entry.record, parent)
    _check_descent(entry, known, plan)


def _check_descent(entry: entries.Entry, known: Known, plan: Plan) -> None:
    """Refuse a parent that itself descends from the backup."""
    parent_id = current = entry.values['parent_id']
    seen: set[str] = set()
    while current and current not in seen:
        if current == entry.record.id:
            raise chains.parent_is_descendant(parent_id)
        seen.add(current)
        above = plan.created.get(current)
        current = (
            above.values['parent_id'] if above else known.parents.get(current)
        )
