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

"""The import of many records at once.

Each record is checked as by
:func:`cinder_backup_meta.importer.import_record`, and one that is refused
takes only those along that build on it. What is left is written in one
transaction, with a number of statements that does not depend on the number of
records.
"""

from collections.abc import Callable
from collections.abc import Sequence
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import existing
from cinder_backup_meta.importer import outcomes
from cinder_backup_meta.importer import page_checks
from cinder_backup_meta.importer import retention
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import store
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base


def import_page(
    context: typing.Any,
    strings: Sequence[str],
    options: objects.BackupRecordBatchOptions,
    home: rows.Home,
    driver: typing.Any,
    repository: repository_base.Repository,
    on_created: Callable[[list[str]], None] | None = None,
    with_copies: bool = False,
) -> outcomes.PageOutcome:
    """Make ``available`` backups of record strings, and say what became.

    To do the same again is harmless: what is there is left as it is.

    :param driver: the host's backup driver, which may look at the records
    :param repository: the rules of that driver's family
    :param on_created: is called with the ids of the backups that were made,
        after they are there; in a dry run it is not
    :param with_copies: the records come from where only backups get in that
        are in Cinder, so that one may name the data of another backup
    :raises Refused: if the page as a whole can't be worked on
    """
    page = entries.read_page(context, strings, options, home)
    _look_for_existing(context, page)
    page_checks.check_locations(page, repository, with_copies)
    page_checks.check_page(context, page, options, home, driver, repository)

    def write() -> store.Written:
        return store.write_page(context, page, options, repository)

    written = retention.write(context, page, options, write)
    outcome = outcomes.tell(page, written)
    if on_created and outcome.created and not options.dry_run:
        on_created(outcome.created)
    return outcome


def _look_for_existing(context: typing.Any, page: list[entries.Entry]) -> None:
    """Settle what is there already, before it costs a look elsewhere."""
    open_ = [entry for entry in page if entry.is_open]
    if not open_:
        return
    ids = [entry.record.id for entry in open_]
    with models.main_context_manager.reader.using(context):
        states = backups.get_states(context, ids)
    for entry in open_:
        state = states.get(entry.record.id)
        try:
            entry.is_there = existing.is_there(
                entry.record, entry.values, state
            )
        except exception.Refused as error:
            entry.fault = error
