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

"""Charging the quota for backups within the caller's transaction.

Cinder locks the same rows of ``quota_usages`` to reserve and to commit, so
that each sees what the other has done.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_counts
from cinder_backup_meta.db.cinder import quotas

_USAGES = models.QuotaUsage.__table__

# Statements are kept to a length that every database takes.
_AT_ONCE = 500


class Accounts:
    """What some projects use, from the lock on it to the end of a transaction.

    Answers to ``QUOTAS.reserve`` and ``QUOTAS.commit`` of Cinder in one.
    """

    def __init__(
        self,
        context: typing.Any,
        project_ids: Collection[str],
        limited: bool = True,
        recounted: bool = False,
    ) -> None:
        """Lock and read the usages.

        It must come before anything else is read in the transaction and
        before backups are written: what MySQL shows of a table it fixes at
        the first read, and a count from before the lock lacks what others
        have written meanwhile.

        :param limited: hold the projects to their limits
        :param recounted: count anew what they use, not only where Cinder
            would do it
        """
        self._context = context
        self._limited = limited
        self._charged: set[str] = set()
        self._usages = quota_counts.lock(context, project_ids, recounted)
        self._limits = (
            quotas.limits_of(context, project_ids) if limited else {}
        )

    def assume(
        self, backups: dict[str, int], gigabytes: dict[str, int]
    ) -> None:
        """Let projects use more already, in memory, as a trial may want it.

        :param backups: how many more, by project
        :param gigabytes: the same of their sizes
        """
        for project_id, (number, size) in self._usages.items():
            number.in_use += backups.get(project_id, 0)
            size.in_use += gigabytes.get(project_id, 0)

    def charge(self, project_id: str, gigabytes: int) -> None:
        """Charge a project with one more backup, in memory.

        :raises Refused: with QUOTA_EXCEEDED; nothing is charged then
        """
        limits = self._limits.get(project_id, {})
        number, size = self._usages[project_id]
        number.add(1, limits.get(number.resource, -1))
        try:
            size.add(gigabytes, limits.get(size.resource, -1))
        except Exception:
            number.in_use -= 1
            raise
        self._charged.add(project_id)

    def charge_all(self) -> None:
        """Let the usages of all projects be stored as they were counted."""
        self._charged.update(self._usages)

    def store(self) -> None:
        """Write what was charged; two statements at the most, if not many."""
        usages = {
            project_id: self._usages[project_id]
            for project_id in sorted(self._charged)
        }
        new = [
            _to_row(project_id, usage)
            for project_id, both in usages.items()
            for usage in both
            if usage.id is None
        ]
        if new:
            self._context.session.execute(sa.insert(_USAGES), new)
        known = [
            usage
            for both in usages.values()
            for usage in both
            if usage.id is not None
        ]
        for start in range(0, len(known), _AT_ONCE):
            self._context.session.execute(
                _update(known[start : start + _AT_ONCE])
            )

    def over_quota(self) -> list[str]:
        """Return which of those charged exceed their limits now."""
        charged = sorted(self._charged)
        if not charged:
            return []
        limits = self._limits or quotas.limits_of(self._context, charged)
        return [
            project_id
            for project_id in charged
            if any(
                usage.exceeds(limits[project_id][usage.resource])
                for usage in self._usages[project_id]
            )
        ]


def recount(context: typing.Any, project_ids: Collection[str]) -> None:
    """Let projects be charged with what their backups add up to.

    It must come before anything else is read in the transaction.
    """
    accounts = Accounts(context, project_ids, limited=False, recounted=True)
    accounts.charge_all()
    accounts.store()


def _to_row(project_id: str, usage: quotas.Usage) -> dict[str, typing.Any]:
    return {
        'project_id': project_id,
        'resource': usage.resource,
        'in_use': usage.in_use,
        'reserved': 0,
        'until_refresh': usage.until_refresh,
    }


def _update(usages: list[quotas.Usage]) -> sa.sql.Update:
    columns = _USAGES.c
    return (
        sa.update(_USAGES)
        .where(columns.id.in_([usage.id for usage in usages]))
        .values(
            in_use=_by_id({usage.id: usage.in_use for usage in usages}),
            until_refresh=_by_id(
                {usage.id: usage.until_refresh for usage in usages}
            ),
        )
    )


def _by_id(values: dict[int | None, int | None]) -> typing.Any:
    """Return an expression for numbers that differ from row to row."""
    distinct = set(values.values())
    if len(distinct) == 1:
        return distinct.pop()
    # Numbers as they are: thousands of parameters take SQLAlchemy long.
    return sa.case(
        *(
            (sa.literal_column(str(row_id)), _literal(number))
            for row_id, number in values.items()
        ),
        value=_USAGES.c.id,
    )


def _literal(number: int | None) -> sa.sql.ColumnElement:
    return sa.literal_column('NULL' if number is None else str(number))
