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

"""Finding the backups whose catalog entries are out of date.

There are two passes. One captures what has changed since the last pass, by the
times in Cinder's rows. The other compares all backups and all entries; it
alone finds entries that become ``missing`` (see :mod:`.states`) and purges
those deleted long ago.

No pass depends on the one before. What a host that died has left undone, or
what could not be stored because the catalog was down, is found by the next.
"""

from collections.abc import Iterator
import datetime
import time
import typing

from oslo_config import cfg
from oslo_db import exception as db_exception

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import states
from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import marks
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.db import retry

CONF = cfg.CONF
conf.register_opts(CONF)

# How many backups may be gone before all are compared: that number, or the
# part of all of them as 1 in so many.
_LARGE, _LARGE_PART = 100, 10

# The part of an interval that must have passed. Hosts do not wake up exactly.
_NEARLY = 0.9


def run_due(
    context: typing.Any, maker: records.Maker, started_at: datetime.datetime
) -> int | None:
    """Run the pass that is due, unless another host has just done so.

    :param context: an administrator's
    :param started_at: when this process was started; a comparison is due if
        there has been none since
    :returns: how many entries were inserted or changed, None if no pass was
        due
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
        changed = capture_changed(context, maker)
        if _has_dropped(context, maker):
            changed += compare_all(context, maker)
            maker.unexplained = _count(context).gone
        return changed
    return None


class _Counts(typing.NamedTuple):
    """What a large drop is known by.

    :ivar current: the number of entries whose backup is there
    :ivar gone: how many of them more than there are whole backups
    """

    current: int
    gone: int


def _has_dropped(context: typing.Any, maker: records.Maker) -> bool:
    """Return whether many backups are gone that nobody has deleted.

    What was deleted is marked by the pass that comes before. That a few are
    gone, which also a deletion at this very time explains, is left to the next
    comparison. What a comparison has not explained, such as backups that were
    whole and are in ``error`` now, is not compared again.
    """
    current, gone = _count(context)
    maker.unexplained = min(maker.unexplained, gone)
    news = gone - maker.unexplained
    return news > 0 and (news >= _LARGE or news * _LARGE_PART >= current)


def _count(context: typing.Any) -> _Counts:
    with session.reader(context):
        current = entries.count(context).get(states.CURRENT, 0)
    with models.main_context_manager.reader.using(context):
        kept = backups.count_kept(context)
    return _Counts(current, max(0, current - kept))


def _is_over(since: datetime.datetime, interval: int) -> bool:
    age = (clock.utcnow() - since).total_seconds()
    # A time in the future was stored by a host with another clock.
    return not 0 <= age < interval * _NEARLY


def capture_changed(context: typing.Any, maker: records.Maker) -> int:
    """Capture what has changed since the last pass; the first time, all.

    :param context: an administrator's
    :returns: how many entries were inserted or changed
    """
    now = clock.utcnow()
    with session.reader(context):
        mark = marks.get(context, maker.driver_name)
    if mark.watermark is None:
        return compare_all(context, maker)
    overlap = datetime.timedelta(
        seconds=CONF.backup_meta_catalog.capture_overlap
    )
    backup_ids = _changed_since(context, min(mark.watermark, now) - overlap)
    changed = capture.capture_ids(context, backup_ids, maker)
    _put_mark(context, maker, watermark=now, last_capture_at=clock.utcnow())
    return changed


@models.main_context_manager.reader
def _changed_since(context: typing.Any, since: datetime.datetime) -> list[str]:
    return backups.changed_since(context, since)


def compare_all(context: typing.Any, maker: records.Maker) -> int:
    """Compare every backup with its entry, and every entry with its backup.

    Entries that have been deleted for ``deleted_retention`` days are purged.

    :param context: an administrator's
    :returns: how many entries were inserted or changed
    """
    now = clock.utcnow()
    changed = 0
    for backup_ids in _all_backups(context):
        changed += capture.capture_ids(context, backup_ids, maker)
    for backup_ids in _entries_without_backup(context):
        changed += capture.capture_ids(context, backup_ids, maker)
    _purge(context)
    ended = clock.utcnow()
    _put_mark(
        context,
        maker,
        watermark=now,
        last_capture_at=ended,
        last_comparison_at=ended,
    )
    return changed


def _all_backups(context: typing.Any) -> Iterator[list[str]]:
    """Yield the ids of all backups that are not deleted, page by page."""
    for page in paging.pages(context, backups.live_after):
        yield [row.id for row in page]
        _let_others_run()


def _entries_without_backup(context: typing.Any) -> Iterator[list[str]]:
    """Yield the ids of entries that become missing or deleted, page by page.

    Cinder is asked for each backup by its id: its absence from a page of
    backups proves nothing, because it may have been inserted meanwhile.
    """
    for page in paging.pages(context, entries.states_after, session.reader):
        with models.main_context_manager.reader.using(context):
            known = backups.deletions(context, [row.id for row in page])
        yield [
            entry.id
            for entry in page
            if states.is_gone_unnoticed(entry, known.get(entry.id))
        ]
        _let_others_run()


def _let_others_run() -> None:
    # Under eventlet no other green thread runs until this one waits.
    time.sleep(0)


def _purge(context: typing.Any) -> None:
    days = CONF.backup_meta_catalog.deleted_retention
    before = clock.utcnow() - datetime.timedelta(days=days)
    while _purge_page(context, before):
        _let_others_run()


@retry.on_conflict()
def _purge_page(context: typing.Any, before: datetime.datetime) -> int:
    with session.writer(context):
        return entries.purge(context, states.DELETED, before, paging.PAGE)


@retry.on_conflict(db_exception.DBDuplicateEntry)
def _put_mark(
    context: typing.Any, maker: records.Maker, **times: datetime.datetime
) -> None:
    with session.writer(context):
        marks.put(context, maker.driver_name, **times)
