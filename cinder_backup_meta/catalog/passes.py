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

"""Finding out which backups the catalog is not level with.

Nothing here depends on what was done before: whatever a host that died, or a
catalog that was down, has left undone is found by the next pass.
"""

from collections.abc import Iterator
import datetime
import time
import typing

from oslo_config import cfg
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import records
from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import marks
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import pages
from cinder_backup_meta.db.cinder import states
from cinder_backup_meta import objects

CONF = cfg.CONF
conf.register_opts(CONF)

# Of an interval, how much has to be over. The hosts don't wake up exactly.
_NEARLY = 0.9


def run_due(
    context: typing.Any, maker: records.Maker, started_at: datetime.datetime
) -> int | None:
    """Do what is due, unless another host has just done it.

    :param context: an administrator's
    :param started_at: since when this process runs; a comparison is due if
        there has been none since
    :returns: how many entries were made or changed, None if nothing was due
    """
    options = CONF.backup_meta_catalog
    with session.reader(context):
        mark = marks.get(context, maker.driver_name)
    compared_at = mark.last_comparison_at
    if options.comparison_interval and (
        compared_at is None
        or compared_at < started_at
        or _is_over(compared_at, options.comparison_interval)
    ):
        return compare_all(context, maker)
    if options.capture_interval and (
        mark.last_capture_at is None
        or _is_over(mark.last_capture_at, options.capture_interval)
    ):
        return capture_changed(context, maker)
    return None


def _is_over(since: datetime.datetime, interval: int) -> bool:
    age = (capture.utcnow() - since).total_seconds()
    # In the future is what a host with another clock has noted.
    return not 0 <= age < interval * _NEARLY


def capture_changed(context: typing.Any, maker: records.Maker) -> int:
    """Capture what was changed since the last time; the first time, all.

    :param context: an administrator's
    :returns: how many entries were made or changed
    """
    now = capture.utcnow()
    with session.reader(context):
        mark = marks.get(context, maker.driver_name)
    if mark.watermark is None:
        return compare_all(context, maker)
    overlap = datetime.timedelta(
        seconds=CONF.backup_meta_catalog.capture_overlap
    )
    backup_ids = _changed_since(context, min(mark.watermark, now) - overlap)
    changed = capture.capture_ids(context, backup_ids, maker)
    _note(context, maker, watermark=now, last_capture_at=capture.utcnow())
    return changed


@models.main_context_manager.reader
def _changed_since(context: typing.Any, since: datetime.datetime) -> list[str]:
    return pages.changed_since(context, since)


def compare_all(context: typing.Any, maker: records.Maker) -> int:
    """Compare every backup with its entry, and every entry with its backup.

    Entries of backups that were deleted long ago are let go of.

    :param context: an administrator's
    :returns: how many entries were made or changed
    """
    now = capture.utcnow()
    changed = 0
    for backup_ids in _backups(context):
        changed += capture.capture_ids(context, backup_ids, maker)
    for backup_ids in _entries_without_backup(context):
        changed += capture.capture_ids(context, backup_ids, maker)
    _purge(context)
    ended = capture.utcnow()
    _note(
        context,
        maker,
        watermark=now,
        last_capture_at=ended,
        last_comparison_at=ended,
    )
    return changed


def _backups(context: typing.Any) -> Iterator[list[str]]:
    """Yield the ids of all backups that are not deleted, page by page."""
    after = ''
    while True:
        with models.main_context_manager.reader.using(context):
            rows = states.live_after(context, after, capture.PAGE)
        if not rows:
            return
        yield [row.id for row in rows]
        after = rows[-1].id
        _let_others()


def _entries_without_backup(context: typing.Any) -> Iterator[list[str]]:
    """Yield the ids of the entries that may have to change their state.

    Whether a backup is there is asked by its id: that it does not come along
    in a page proves nothing.
    """
    after = ''
    while True:
        with session.reader(context):
            page = entries.states_after(context, after, capture.PAGE)
        if not page:
            return
        with models.main_context_manager.reader.using(context):
            known = states.deletions(context, [row.id for row in page])
        yield [entry.id for entry in page if _is_stale(entry, known)]
        after = page[-1].id
        _let_others()


def _is_stale(entry: typing.Any, known: dict[str, typing.Any]) -> bool:
    row = known.get(entry.id)
    if row is None:
        return bool(entry.state == objects.BackupRecordEntry.CURRENT)
    return bool(row.deleted) and (
        entry.state != objects.BackupRecordEntry.DELETED
    )


def _let_others() -> None:
    # Under eventlet nobody else runs until somebody waits.
    time.sleep(0)


@oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True)
def _purge(context: typing.Any) -> None:
    days = CONF.backup_meta_catalog.deleted_retention
    before = capture.utcnow() - datetime.timedelta(days=days)
    with session.writer(context):
        entries.purge(context, objects.BackupRecordEntry.DELETED, before)


@oslo_db_api.wrap_db_retry(
    max_retries=5,
    retry_on_deadlock=True,
    exception_checker=lambda error: isinstance(
        error, db_exception.DBDuplicateEntry
    ),
)
def _note(
    context: typing.Any, maker: records.Maker, **times: datetime.datetime
) -> None:
    with session.writer(context):
        marks.put(context, maker.driver_name, **times)
