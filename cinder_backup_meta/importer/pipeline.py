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

"""The way of a page of records through the import.

Refusing a record also refuses those that build on it, and no other. What is
left is written in one transaction, with a number of statements that does not
depend on the number of records.
"""

from collections.abc import Callable
import dataclasses
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import checks
from cinder_backup_meta.importer import copies
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import outcomes
from cinder_backup_meta.importer import plan
from cinder_backup_meta.importer import retention
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import sight
from cinder_backup_meta.importer import store
from cinder_backup_meta import objects
from cinder_backup_meta import reasons


@dataclasses.dataclass(frozen=True)
class Source:
    """What is known of where records come from, and so may be allowed.

    :ivar refuse_existing: a backup that is there already is refused, even if
        it is that of the record; otherwise it is left as it is, so that
        importing again is harmless
    :ivar copies: what becomes of a record that names the data of another
        backup of its volume
    """

    refuse_existing: bool = False
    copies: checks.Copies = checks.Copies.REFUSED

    @property
    def trust_keys(self) -> bool:
        """Whether records may name a key that something else names too.

        Only the catalog's may: a backup that was in Cinder with such a key is
        to come back with it, and its deletion leaves the key alone.
        """
        return self.copies is checks.Copies.ACCEPTED


# What the options of a single record and those of many have in common.
_SHARED = ('verify', 'owner', 'allow_missing_key', 'retain')

#: Many records at once, from anywhere.
PAGE = Source()

#: The catalog: only what was in Cinder gets into it, copies and all.
CATALOG = Source(copies=checks.Copies.ACCEPTED)


def import_record(
    context: typing.Any,
    record: objects.BackupRecord,
    service: str,
    options: objects.BackupRecordOptions,
    host: rows.Host,
    on_created: Callable[[list[str]], None] | None = None,
) -> None:
    """Make an ``available`` backup of a record, as a page of one.

    An importer may have a copy of a backup that is there: tempest imports
    one, and so does whoever tries out an import. But a record may say
    anything of its owner, who then could restore what is somebody else's: a
    copy is the importer's or nobody's.

    :param service: the backup driver that the caller names
    :raises Refused: with the reason; nothing has been written then
    """
    choice = objects.BackupRecordBatchOptions.with_defaults(
        context, **{name: getattr(options, name) for name in _SHARED}
    )
    by_importer = choice.owner == choice.OWNER_IMPORTER
    outcome = import_page(
        context,
        entries.of_record(record, service),
        choice,
        host,
        Source(
            refuse_existing=True,
            copies=(
                checks.Copies.RETAINED
                if by_importer
                else checks.Copies.REFUSED
            ),
        ),
        on_created,
    )
    [item] = outcome.items
    if item['reason'] == reasons.Reason.PARENT_IS_DESCENDANT and (
        item['parent_id'] == item['id']
    ):
        # Of a single record alone its parent is looked for before its chain.
        raise chains.parent_missing(record.id)
    if item['reason'] is not None:
        raise exception.Refused.from_outcome(
            item['reason'], str(item['detail'])
        )


def import_page(
    context: typing.Any,
    page: list[entries.Entry],
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
    source: Source = PAGE,
    on_created: Callable[[list[str]], None] | None = None,
) -> outcomes.PageOutcome:
    """Make ``available`` backups of records and return the outcomes.

    The quota of the backups' owners is charged. A soft-deleted backup with
    the id of a record comes back to life with the values of the record.

    :param page: from :func:`~cinder_backup_meta.importer.entries.of_strings`
        or :func:`~cinder_backup_meta.importer.entries.of_record`
    :param host: the host that the backups will belong to
    :param on_created: is called with the ids of the backups that were made,
        after they are there; in a dry run it is not
    :raises Refused: if the page as a whole cannot be imported
    """
    entries.complete(context, page, options, host)
    if not source.refuse_existing:
        # Of a single record the transaction finds out in time: a look of its
        # own would cost most of them more than it saves the few.
        _find_existing(context, page, source)
    # It ends, because data that was deleted is not found the next time.
    while (
        written := _look_and_write(context, page, options, host, source)
    ) is None:
        pass
    outcome = outcomes.of_page(page, written)
    if on_created and outcome.created and not options.dry_run:
        on_created(outcome.created)
    return outcome


def _write(
    context: typing.Any,
    page: list[entries.Entry],
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
    source: Source,
    flags: retention.Flags,
) -> store.Written:
    if not any(entry.is_open for entry in page):
        # Its storage may not answer, and would be waited for again.
        return store.Written(plan.Plan(faults=entries.faults_of(page)))
    return store.write(
        context,
        page,
        options,
        host.repository,
        source.refuse_existing,
        source.trust_keys,
        flags.set,
    )


def _look_and_write(
    context: typing.Any,
    page: list[entries.Entry],
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
    source: Source,
) -> store.Written | None:
    """Write what the checks leave; return None to be called again."""
    if not source.trust_keys:
        sight.check_known(context, page)
    checks.check(context, page, options, host, source.copies)
    flags = retention.Flags(context, page, options)
    flags.prepare()
    try:
        written = _write(context, page, options, host, source, flags)
    except copies.Deleted:
        flags.undo()
        return None
    except (deadlines.Expired, exception.Refused):
        flags.undo()
        raise
    flags.finish(written)
    return written


def _find_existing(
    context: typing.Any, page: list[entries.Entry], source: Source
) -> None:
    """Settle what is there already, before it costs a look elsewhere."""
    open_ = [entry for entry in page if entry.is_open]
    if not open_:
        return
    project_id = None if source.trust_keys else sight.only_project(context)
    ids = [entry.record.id for entry in open_]
    with models.main_context_manager.reader.using(context):
        states = backups.get_states(context, ids)
    for entry in open_:
        state = states.get(entry.record.id)
        if sight.is_hidden(state, project_id):
            # Refused later, where what is not there would be.
            continue
        if state is not None and state.deleted:
            entry.deletions.add((state.id, state.deleted_at))
        try:
            entry.is_there = plan.is_there(entry.record, entry.values, state)
        except exception.Refused as error:
            entry.fault = error
