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

"""The one transaction that inserts the rows of a page's backups.

Rows, metadata, the parents' counts and the quota are written together or not
at all. A record with a value that the database does not take, such as a
character beyond MySQL's ``utf8mb3``, is found by trying, as only the database
knows what its columns take, and is refused alone.
"""

from collections.abc import Callable
from collections.abc import Collection
import dataclasses
import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import retry
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import copies
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import plan
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import sight
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base

LOG = logging.getLogger(__name__)


@dataclasses.dataclass
class Written:
    """What was written, or in a dry run would have been.

    :ivar over_quota: projects that exceed their quota now; only if no limits
        are enforced
    :ivar is_blocked: nothing was written, as a part of the page was refused
    """

    plan: plan.Plan
    over_quota: list[str] = dataclasses.field(default_factory=list)
    is_blocked: bool = False


BeforeCommit = Callable[[typing.Any, Written], None]


class _Undo(Exception):
    """Leaves a transaction without a trace."""

    def __init__(self, written: Written | None = None) -> None:
        self.written = written


class _Changed(Exception):
    """What was read has changed since; the transaction has to begin again."""


@dataclasses.dataclass
class _Task:
    context: typing.Any
    page: list[entries.Entry]
    open_entries: list[entries.Entry]
    options: objects.BackupRecordBatchOptions
    repository: base.Repository
    refuse_existing: bool
    trust_keys: bool
    before_commit: BeforeCommit | None
    project_id: str | None


def write(
    context: typing.Any,
    page: list[entries.Entry],
    options: objects.BackupRecordBatchOptions,
    repository: base.Repository,
    refuse_existing: bool = False,
    trust_keys: bool = False,
    before_commit: BeforeCommit | None = None,
) -> Written:
    """Write the rows of all that can become backups, and return which did.

    :param page: its open entries are decided; one that the database rejects is
        marked as refused
    :param refuse_existing: refuse existing backups, even identical ones
    :param trust_keys: whether the records may name any encryption key
    :param before_commit: is called with the context of the transaction before
        it ends; what it raises undoes the transaction
    :raises Expired: if the time of the request is over; nothing is written
    :raises copies.Deleted: if the data has to be looked for again; nothing is
        written then
    """
    open_entries = chains.parents_first(page)
    while open_entries:
        task = _Task(
            # Elevated, because the policy may allow imports to users who are
            # not administrators for Cinder's database layer.
            context.elevated(),
            page,
            open_entries,
            options,
            repository,
            refuse_existing,
            trust_keys,
            before_commit,
            None if trust_keys else sight.only_project(context),
        )
        written = _try_values(task)
        # Not within a handler of the error: whatever is logged from there
        # would include its text, which contains every value of the record.
        if written is None and not _refuse_values(task.context, open_entries):
            written = _try(task)
        if written is not None:
            return written
        open_entries = [entry for entry in open_entries if entry.is_open]
    return Written(plan.Plan(faults=entries.faults_of(page)))


def _try_values(task: _Task) -> Written | None:
    """Write the page; return None if the database rejects a value."""
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
            deadlines.claim()
            if task.before_commit:
                task.before_commit(task.context, written)
                # That may have taken a while.
                deadlines.claim()
            return written
    except _Undo as undo:
        return typing.cast(Written, undo.written)


def _write(task: _Task) -> Written:
    options = task.options
    is_limited = options.quota == options.QUOTA_ENFORCED
    # The lock on the usages comes before anything is read.
    accounts = quota_charges.Accounts(
        task.context,
        {entry.values['project_id'] for entry in task.open_entries},
        is_limited,
        options.quota == options.QUOTA_RECOUNTED,
    )
    if options.dry_run:
        accounts.assume(options.charged_backups, options.charged_gigabytes)
    planned = frozenset(options.planned if options.dry_run else ())
    known = plan.read_known(task.context, task.open_entries)
    known.project_id = task.project_id
    if not task.trust_keys:
        known.holders = keys.Holders.in_cinder(task.context, task.open_entries)
    made = plan.make(
        task.open_entries,
        entries.faults_of(task.page),
        known,
        accounts,
        task.repository,
        task.refuse_existing,
        planned,
    )
    if options.on_conflict == options.CONFLICT_FAIL and (
        made.faults or any(entry.fault for entry in task.page)
    ):
        return Written(made, is_blocked=True)
    if made.created:
        created = made.created.values()
        copies.note_deletions(created, known.states, known.data)
        if not copies.lock(task.context, created, known.data):
            raise _Changed
        _insert_rows(task.context, made, known, planned)
        accounts.store()
    return Written(made, [] if is_limited else accounts.over_quota())


def _insert_rows(
    context: typing.Any,
    made: plan.Plan,
    known: plan.Known,
    planned: Collection[str],
) -> None:
    """Write the rows, their metadata and the counts of children.

    :param planned: parents that a dry run assumes to exist
    :raises _Changed: if a parent has been changed since it was read
    :raises oslo_db.exception.DBDuplicateEntry: if another import has
        created one of them
    """
    created = made.created
    new = made.count_children()
    writes.purge(context, created.keys() & known.states)
    writes.create(
        context,
        # By id: two pages at once then wait for each other, where they would
        # otherwise deadlock.
        [
            created[backup_id].values
            | {
                'num_dependent_backups': known.children[backup_id]
                + new.get(backup_id, 0)
            }
            for backup_id in sorted(created)
        ],
        entries.metadata_of(created.values()),
    )
    elsewhere = {
        parent_id: number
        for parent_id, number in new.items()
        if parent_id not in created and parent_id not in planned
    }
    if not writes.add_dependents(context, elsewhere, rows.AVAILABLE):
        raise _Changed


def _refuse_values(
    context: typing.Any, open_entries: list[entries.Entry]
) -> bool:
    """Refuse those entries that the database rejects.

    :returns: False if it takes them all
    """
    bad = _find_bad(context, open_entries)
    for entry in open_entries:
        if entry.record.id in bad:
            entry.fault = _refusal(entry.record.id, bad[entry.record.id])
    return bool(bad)


def _refusal(backup_id: str, error: db_exception.DBError) -> exception.Refused:
    """Log that the database rejects a record, and return the refusal."""
    # Not the error itself: its text has every value of the record in it.
    inner = error.inner_exception
    LOG.error(
        'The database rejects record %(id)s: %(error)s',
        {'id': backup_id, 'error': getattr(inner, 'orig', None) or inner},
    )
    return exception.Refused(
        reasons.Reason.DATABASE_REFUSED,
        "a value of the record does not fit this cloud's database; the log "
        'of cinder-backup says which',
    )


# Another import may have just inserted one, which is left out the next time.
@retry.on_conflict(db_exception.DBDuplicateEntry)
def _find_bad(
    context: typing.Any, open_entries: list[entries.Entry]
) -> dict[str, db_exception.DBError]:
    """Insert them in halves, quarters and so on, and then undo all of it."""
    bad: dict[str, db_exception.DBError] = {}
    by_id = {entry.record.id: entry for entry in open_entries}
    try:
        with models.main_context_manager.writer.using(context):
            states = backups.get_states(context, sorted(by_id))
            there = {name for name in states if not states[name].deleted}
            writes.purge(context, states.keys() - there)
            new = [by_id[name] for name in sorted(by_id.keys() - there)]
            _bisect(context, new, bad)
            raise _Undo
    except _Undo:
        return bad


def _bisect(
    context: typing.Any,
    some: list[entries.Entry],
    bad: dict[str, db_exception.DBError],
) -> None:
    if not some:
        return
    error = _try_to_insert(context, some)
    if error is None:
        return
    if len(some) == 1:
        bad[some[0].record.id] = error
        return
    middle = len(some) // 2
    _bisect(context, some[:middle], bad)
    _bisect(context, some[middle:], bad)


def _try_to_insert(
    context: typing.Any, some: list[entries.Entry]
) -> db_exception.DBError | None:
    """Insert some entries; return the error if there is a bad one."""
    try:
        with context.session.begin_nested():
            writes.create(
                context,
                [entry.values for entry in some],
                entries.metadata_of(some),
            )
    except db_exception.DBError as error:
        if not errors.is_of_value(error):
            raise
        return error
    return None
