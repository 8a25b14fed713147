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

"""Records with a value that the database does not take.

Such as a character beyond MySQL's ``utf8mb3``: what a column takes is known
to the database alone.
"""

import typing

from oslo_db import exception as db_exception
from oslo_log import log as logging

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import retry
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries as reading
from cinder_backup_meta import reasons

LOG = logging.getLogger(__name__)


def refusal(backup_id: str, error: db_exception.DBError) -> exception.Refused:
    """Return, and log, that the database does not take a record."""
    # Not the error itself: its text has every value of the record in it.
    inner = error.inner_exception
    LOG.error(
        'The database does not take record %(id)s: %(error)s',
        {'id': backup_id, 'error': getattr(inner, 'orig', None) or inner},
    )
    return exception.Refused(
        reasons.Reason.DATABASE_REFUSED,
        "a value of the record does not fit this cloud's database; the log "
        'of cinder-backup says which',
    )


class _Undo(Exception):
    """Leaves a transaction without a trace."""


def mark(context: typing.Any, entries: list[reading.Entry]) -> bool:
    """Refuse those of some entries that the database does not take.

    :returns: False if it takes them all
    """
    bad = _find(context, entries)
    for entry in entries:
        if entry.record.id in bad:
            entry.fault = refusal(entry.record.id, bad[entry.record.id])
    return bool(bad)


# Another import may have just inserted one, which is left out the next time.
@retry.on_conflict(db_exception.DBDuplicateEntry)
def _find(
    context: typing.Any, entries: list[reading.Entry]
) -> dict[str, db_exception.DBError]:
    """Insert them in halves, quarters and so on, and then undo all of it."""
    bad: dict[str, db_exception.DBError] = {}
    by_id = {entry.record.id: entry for entry in entries}
    try:
        with models.main_context_manager.writer.using(context):
            states = backups.get_states(context, sorted(by_id))
            there = {name for name in states if not states[name].deleted}
            writes.purge(context, states.keys() - there)
            new = [by_id[name] for name in sorted(by_id.keys() - there)]
            _insert(context, new, bad)
            raise _Undo
    except _Undo:
        return bad


def _insert(
    context: typing.Any,
    entries: list[reading.Entry],
    bad: dict[str, db_exception.DBError],
) -> None:
    if not entries:
        return
    error = _try(context, entries)
    if error is None:
        return
    if len(entries) == 1:
        bad[entries[0].record.id] = error
        return
    middle = len(entries) // 2
    _insert(context, entries[:middle], bad)
    _insert(context, entries[middle:], bad)


def _try(
    context: typing.Any, entries: list[reading.Entry]
) -> db_exception.DBError | None:
    """Insert some entries; return the error if there is a bad one."""
    try:
        with context.session.begin_nested():
            writes.create(
                context,
                [entry.values for entry in entries],
                reading.metadata_of(entries),
            )
    except db_exception.DBError as error:
        if not errors.is_of_value(error):
            raise
        return error
    return None
