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

"""The recovery, from the catalog, of backups that Cinder has lost.

Lost is a backup that nobody deleted and that Cinder's database has no row of.
What Cinder has, in whatever status, is not touched, and neither is what
Cinder has deleted.
"""

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.catalog import queries
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta.db.cinder import quota_usages
from cinder_backup_meta.db import paging
from cinder_backup_meta.db import retry
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects

Item = dict[str, str | None]

OPTIONS = objects.BackupRecordBatchOptions


@dataclasses.dataclass
class Page:
    """One page of a recovery.

    :ivar items: as those of an import, of what Cinder has lost; with
        ``ancestor`` 'true' where the backup is not in turn but one builds on
        it that is. In a dry run it may then come again on a later page.
    :ivar over_quota: projects that have more than their quota allows now
    :ivar next_marker: where the next page begins, None after the last
    :ivar examined: how many entries of the catalog were gone through
    """

    items: list[Item]
    over_quota: list[str]
    next_marker: str | None
    examined: int


def recover_page(
    context: typing.Any,
    selection: objects.BackupRecordSelection,
    options: objects.BackupRecordBatchOptions,
    limit: int,
    marker: str | None,
    host: rows.Host,
    on_created: Callable[[list[str]], None] | None = None,
) -> Page:
    """Import the lost backups among the next entries of the catalog.

    Owners, hosts and zones are those of the records. No quota is enforced:
    owners get what they had, each page is charged, and after the last one
    what all projects have is counted anew. What a lost backup builds on comes
    along, selected or not.

    :param limit: how many entries to go through
    :param marker: ``next_marker`` of the page before
    :param host: the host to whose driver the records have to belong
    :raises Refused: with CATALOG_UNAVAILABLE or INVALID_MARKER
    """
    found = queries.next_page(context, selection, marker, limit)
    lost = _lost(context, found.rows)
    ancestors = _ancestors(context, lost)
    outcome = pipeline.import_page(
        context,
        entries.of_catalog([*ancestors, *lost], options.ignore_unknown),
        _as_they_were(options),
        host,
        pipeline.CATALOG,
        on_created=on_created,
    )
    if found.next_marker is None and not options.dry_run:
        _recount(context.elevated())
    told = _reported_before(context, ancestors, selection, marker)
    items = [
        {**item, 'ancestor': 'true' if index < len(ancestors) else None}
        for index, item in enumerate(outcome.items)
        if item['id'] not in told
        or (item['result'] == 'created' and not options.dry_run)
    ]
    return Page(items, outcome.over_quota, found.next_marker, len(found.rows))


def _as_they_were(
    options: objects.BackupRecordBatchOptions,
) -> objects.BackupRecordBatchOptions:
    choice = options.obj_clone()
    choice.owner = OPTIONS.OWNER_RECORD
    choice.quota = OPTIONS.QUOTA_ADDED
    choice.keep_host = True
    choice.retain = False
    choice.on_conflict = OPTIONS.CONFLICT_SKIP
    return choice


@retry.on_conflict(db_exception.DBDuplicateEntry)
def _recount(context: typing.Any) -> None:
    """Count the quota of all projects anew."""
    with models.main_context_manager.reader.using(context):
        project_ids = quota_usages.projects(context)
    with models.main_context_manager.writer.using(context):
        quota_charges.recount(context, project_ids)


@models.main_context_manager.reader
def _states(context: typing.Any, ids: list[str]) -> dict[str, typing.Any]:
    return backups.get_states(context, ids) if ids else {}


def _lost(context: typing.Any, rows: Iterable[typing.Any]) -> list[typing.Any]:
    """Return the entries whose backups have no row in Cinder."""
    rows = list(rows)
    known = _states(context, [row.id for row in rows])
    return [row for row in rows if row.id not in known]


def _ancestors(
    context: typing.Any, lost: list[typing.Any]
) -> list[typing.Any]:
    """Return the lost ancestors of lost backups, oldest first."""
    found = {row.id: row for row in lost}
    level = lost
    ancestors: list[typing.Any] = []
    while wanted := (
        {row.parent_id for row in level if row.parent_id} - found.keys()
    ):
        entries = queries.by_ids(context, wanted).values()
        level = _lost(context, [row for row in entries if _is_kept(row)])
        found.update((row.id, row) for row in level)
        ancestors = level + ancestors
    return ancestors


def _is_kept(row: typing.Any) -> bool:
    return bool(row.state != objects.BackupRecordEntry.DELETED)


def _reported_before(
    context: typing.Any,
    ancestors: list[typing.Any],
    selection: objects.BackupRecordSelection,
    marker: str | None,
) -> set[str]:
    """Return the ancestors that were selected on an earlier page.

    They are still lost if that was a dry run, or if they were refused.
    """
    after = paging.read_marker(marker)
    behind = {
        row.id
        for row in ancestors
        if after is not None and (row.created_at, row.id) <= after
    }
    if selection.backup_ids is not None:
        behind &= set(selection.backup_ids)
    if not behind:
        return behind
    chosen = selection.obj_clone()
    chosen.backup_ids = sorted(behind)
    found = queries.next_page(context, chosen, None, len(behind))
    return {row.id for row in found.rows}
