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

"""Removing what lost imports of stock Cinder left behind, and its quota.

:mod:`cinder_backup_meta.db.cinder.stuck_imports` says by what such a row is
recognized.

Reservations that a process left behind when it died are not removed here:
cinder-scheduler does so when they are older than its option
``reservation_expire``.
"""

import collections
import dataclasses
import datetime
import enum
import typing

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_usages
from cinder_backup_meta.db.cinder import quotas
from cinder_backup_meta.db.cinder import stuck_imports
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import retry

#: Seconds after which a message that no cinder-backup has received is regarded
#: as lost.
OLDER_THAN = 3600


class Result(str, enum.Enum):
    """The result for a row; the values are stable, scripts match on them."""

    FOUND = 'found'
    REMOVED = 'removed'
    CHANGED = 'changed'
    BUSY = 'busy'

    def __str__(self) -> str:
        return self.value


#: What each result means to an operator.
MEANING = {
    Result.FOUND: 'left behind by an import; --apply removes it',
    Result.REMOVED: 'removed',
    Result.CHANGED: 'left alone: it has changed since it was found',
    Result.BUSY: (
        'left alone: a backup of its project is just being made or deleted'
    ),
}


@dataclasses.dataclass
class Item:
    """A row that an import has left behind.

    :ivar created_at: in UTC, without a zone
    """

    backup_id: str
    project_id: str | None
    user_id: str | None
    created_at: datetime.datetime
    result: Result = Result.FOUND


@dataclasses.dataclass
class Report:
    """What was found, or done.

    :ivar applied: whether it was done
    :ivar given_back: by project and resource, what is charged too much
    """

    applied: bool
    items: list[Item]
    given_back: dict[str, dict[str, int]]

    def totals(self) -> dict[str, int]:
        """Return the number of rows found or removed, and their quota."""
        wanted = Result.REMOVED if self.applied else Result.FOUND
        totals = {'rows': sum(item.result is wanted for item in self.items)}
        for resource in quotas.RESOURCES:
            totals[resource] = sum(
                given[resource] for given in self.given_back.values()
            )
        return totals


def look(context: typing.Any, older_than: int = OLDER_THAN) -> Report:
    """Report what :func:`apply` would do; change nothing.

    :param context: an administrator's
    :param older_than: age in seconds; younger rows are left as they are
    """
    return _look(context, clock.ago(older_than))


def apply(context: typing.Any, older_than: int = OLDER_THAN) -> Report:
    """Remove the rows, each in a transaction of its own; report the results.

    The usage of their projects is lowered to what their backups add up to; it
    is never raised.

    :param context: an administrator's
    :param older_than: age in seconds; younger rows are left as they are
    """
    before = clock.ago(older_than)
    given_back: dict[str, dict[str, int]] = {}
    items = _look(context, before).items
    for item in items:
        try:
            given = _remove(context, item, before)
        except _LeftAlone as left:
            item.result = left.result
            continue
        item.result = Result.REMOVED
        if item.project_id is not None:
            total = collections.Counter(given_back.get(item.project_id))
            total.update(given)
            given_back[item.project_id] = dict(total)
    return Report(True, items, given_back)


class _LeftAlone(Exception):
    """Rolls back the transaction of one row."""

    def __init__(self, result: Result) -> None:
        self.result = result
        super().__init__()


@models.main_context_manager.reader
def _look(context: typing.Any, before: datetime.datetime) -> Report:
    items = [
        Item(row.id, row.project_id, row.user_id, row.created_at)
        for row in stuck_imports.find(context, before)
    ]
    by_project = collections.defaultdict(list)
    for item in items:
        if item.project_id is not None:
            by_project[item.project_id].append(item.backup_id)
    given_back = {
        project_id: quota_usages.surplus(
            context, project_id, without=backup_ids
        )
        for project_id, backup_ids in by_project.items()
    }
    return Report(False, items, given_back)


@retry.on_conflict()
@models.main_context_manager.writer
def _remove(
    context: typing.Any, item: Item, before: datetime.datetime
) -> dict[str, int]:
    # The first statement writes: on SQLite a transaction that has read fails
    # to write if another one has written meanwhile.
    if not stuck_imports.remove(context, item.backup_id, before):
        raise _LeftAlone(Result.CHANGED)
    if item.project_id is None:
        return dict.fromkeys(quotas.RESOURCES, 0)
    given = quota_usages.give_back(context, item.project_id, since=before)
    if given is None:
        raise _LeftAlone(Result.BUSY)
    return given
