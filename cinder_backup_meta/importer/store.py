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

"""The one transaction that makes the backups of a page."""

from collections.abc import Collection
import dataclasses
import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import retry
from cinder_backup_meta.importer import entries as reading
from cinder_backup_meta.importer import known as knowing
from cinder_backup_meta.importer import order
from cinder_backup_meta.importer import plan
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import unstorable
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base


@dataclasses.dataclass
class Written:
    """What was written, or in a dry run would have been.

    :ivar over_quota: projects that exceed their quota now; only if no limits
        are looked at
    :ivar is_blocked: nothing was written, for a part of the page was refused
    """

    decision: plan.Decision
    over_quota: list[str] = dataclasses.field(default_factory=list)
    is_blocked: bool = False


class _Undo(Exception):
    """Leaves a transaction without a trace."""

    def __init__(self, written: Written) -> None:
        self.written = written


class _Changed(Exception):
    """What was read is no longer so; the transaction has to begin anew."""


@dataclasses.dataclass
class _Task:
    context: typing.Any
    page: list[reading.Entry]
    entries: list[reading.Entry]
    options: objects.BackupRecordBatchOptions
    repository: repository_base.Repository


def write_page(
    context: typing.Any,
    page: list[reading.Entry],
    options: objects.BackupRecordBatchOptions,
    repository: repository_base.Repository,
) -> Written:
    """Write the rows of all that can become backups, and say what did.

    :param page: its open entries are decided on. One that the database does
        not take is refused in it
    """
    entries = order.parents_first(page)
    while entries:
        # Elevated, for the policy may let others import than those whom
        # Cinder's database layer takes for administrators.
        task = _Task(context.elevated(), page, entries, options, repository)
        written = _try_values(task)
        # Not within a handler of the error: whatever is logged from there
        # brings its text, which has every value of the record in it.
        if written is None and not unstorable.mark(task.context, entries):
            written = _try(task)
        if written is not None:
            return written
        entries = [entry for entry in entries if entry.is_open]
    return Written(plan.Decision(faults=reading.faults_of(page)))


def _try_values(task: _Task) -> Written | None:
    """Write the page; return None if the database does not take a value."""
    try:
        return _try(task)
    except db_exception.DBError as error:
        if not errors.is_of_value(error):
            raise
        return None


# Two imports of one id, or two first charges of one project, at once: the one
# that lost starts over and then sees what the other has inserted.
@retry.on_conflict(db_exception.DBDuplicateEntry, _Changed)
def _try(task: _Task) -> Written:
    try:
        with models.main_context_manager.writer.using(task.context):
            written = _write(task)
            if task.options.dry_run or written.is_blocked:
                raise _Undo(written)
            return written
    except _Undo as undo:
        return undo.written


def _write(task: _Task) -> Written:
    options = task.options
    is_limited = options.quota == options.QUOTA_ENFORCED
    # The lock on the usages comes before anything is read.
    accounts = quota_charges.Accounts(
        task.context,
        {entry.values['project_id'] for entry in task.entries},
        is_limited,
        options.quota == options.QUOTA_RECOUNTED,
    )
    if options.dry_run:
        accounts.assume(options.charged_backups, options.charged_gigabytes)
    planned = frozenset(options.planned if options.dry_run else ())
    known = knowing.read(task.context, task.entries)
    decision = plan.decide(
        task.entries,
        reading.faults_of(task.page),
        known,
        accounts,
        task.repository,
        planned,
    )
    if options.on_conflict == options.CONFLICT_FAIL and (
        decision.faults or any(entry.fault for entry in task.page)
    ):
        return Written(decision, is_blocked=True)
    if decision.created:
        _store(task.context, decision, known, planned)
        accounts.store()
    return Written(decision, [] if is_limited else accounts.over_quota())


def _store(
    context: typing.Any,
    decision: plan.Decision,
    known: knowing.Known,
    planned: Collection[str],
) -> None:
    """Write the rows, their metadata and the counts of children.

    :param planned: parents that a trial only takes for being there
    :raises _Changed: if a parent has been changed since it was read
    :raises oslo_db.exception.DBDuplicateEntry: if another has made one of them
    """
    created = decision.created
    new = decision.count_children()
    writes.purge(context, created.keys() & known.states)
    writes.create(
        context,
        # By id: two pages at once then wait for each other, where they would
        # else come to a deadlock.
        [
            created[backup_id].values
            | {
                'num_dependent_backups': known.children[backup_id]
                + new.get(backup_id, 0)
            }
            for backup_id in sorted(created)
        ],
        reading.metadata_of(created.values()),
    )
    elsewhere = {
        parent_id: number
        for parent_id, number in new.items()
        if parent_id not in created and parent_id not in planned
    }
    if not writes.add_dependents(context, elsewhere, rows.AVAILABLE):
        raise _Changed
