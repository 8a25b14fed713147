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

from collections.abc import Collection
from collections.abc import Iterable
import dataclasses
import types

from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta import exception
from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import entries as reading
from cinder_backup_meta.importer import existing
from cinder_backup_meta.importer import known as knowing
from cinder_backup_meta.repositories import base as repository_base


@dataclasses.dataclass
class Decision:
    """What becomes of the records, by backup id.

    :ivar created: those that become backups, parents first
    :ivar there: those whose backups are there already
    :ivar faults: why the others are refused
    """

    created: dict[str, reading.Entry] = dataclasses.field(default_factory=dict)
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


def decide(
    entries: Iterable[reading.Entry],
    faults: dict[str, exception.Refused],
    known: knowing.Known,
    accounts: quota_charges.Accounts,
    repository: repository_base.Repository,
    planned: Collection[str] = (),
) -> Decision:
    """Decide on open entries, one after the other.

    A record that is refused takes along those that build on it, and no other.

    :param entries: parents first
    :param faults: of the other records of the page, by backup id
    :param accounts: are charged with what is created
    :param planned: backups that a trial takes for being there, as parents
    """
    decision = Decision(faults=dict(faults))
    for entry in entries:
        backup_id = entry.record.id
        state = known.states.get(backup_id)
        try:
            if existing.is_there(entry.record, entry.values, state):
                decision.there.add(backup_id)
                continue
            if not _is_planned(entry, known, planned):
                _check_parent(entry, known, decision, repository)
            accounts.charge(entry.values['project_id'], entry.values['size'])
        except exception.Refused as error:
            decision.faults[backup_id] = error
            continue
        decision.created[backup_id] = entry
    return decision


def _is_planned(
    entry: reading.Entry, known: knowing.Known, planned: Collection[str]
) -> bool:
    """Tell whether a trial has to take the parent of a record on trust."""
    parent_id = entry.values['parent_id']
    if parent_id not in planned:
        return False
    state = known.states.get(parent_id)
    return bool(state is None or state.deleted)


def _check_parent(
    entry: reading.Entry,
    known: knowing.Known,
    decision: Decision,
    repository: repository_base.Repository,
) -> None:
    parent_id = entry.values['parent_id']
    if not parent_id:
        return
    if parent_id in decision.faults:
        raise chains.ParentRefused(parent_id, decision.faults[parent_id])
    parent = known.states.get(parent_id)
    if parent_id in decision.created:
        values = decision.created[parent_id].values
        parent = types.SimpleNamespace(**values)
    chains.check_parent(entry.values, parent)
    repository.check_parent(entry.record, parent)
    _check_descent(entry, known, decision)


def _check_descent(
    entry: reading.Entry, known: knowing.Known, decision: Decision
) -> None:
    """Refuse a parent that itself descends from the backup."""
    parent_id = current = entry.values['parent_id']
    seen: set[str] = set()
    while current and current not in seen:
        if current == entry.record.id:
            raise chains.parent_is_descendant(parent_id)
        seen.add(current)
        above = decision.created.get(current)
        current = (
            above.values['parent_id'] if above else known.parents.get(current)
        )
