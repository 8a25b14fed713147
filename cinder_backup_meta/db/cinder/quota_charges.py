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

"""Charging projects for new backups.

Cinder reserves, commits and rolls back quota in transactions of its own, and a
crash between them leaves a reservation or a charge behind. Here the charge is
part of the transaction that inserts the backups, which its caller has begun
with Cinder's ``main_context_manager``: both are stored, or neither is.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_usages
from cinder_backup_meta.db.cinder import quotas

_USAGES = models.QuotaUsage.__table__

# How many rows one statement updates, for it to be of a length that every
# database accepts.
_AT_ONCE = 500


class Accounts:
    """The usages of some projects, locked until the transaction ends.

    It does what ``QUOTAS.reserve`` and ``QUOTAS.commit`` of Cinder do.
    """

    def __init__(
        self,
        context: typing.Any,
        project_ids: Collection[str],
        limited: bool = True,
        recounted: bool = False,
    ) -> None:
        """Lock and read the usages.

        This must come before anything else is read in the transaction and
        before backups are written: MySQL fixes what a transaction sees at its
        first read, and a count from before the lock would lack what others
        have written meanwhile.

        :param limited: enforce the limits of the projects
        :param recounted: count all usages anew, not only those that Cinder
            would
        """
        self._context = context
        self._limited = limited
        self._charged: set[str] = set()
        self._usages = quota_usages.lock(context, project_ids, recounted)
        self._limits = (
            quotas.limits_of(context, project_ids) if limited else {}
        )

    def assume(
        self, backups: dict[str, int], gigabytes: dict[str, int]
    ) -> None:
        """Add to the usages in memory, on behalf of a dry run.

        :param backups: how many backups to add, by project
        :param gigabytes: how many gigabytes to add, by project
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
        """Mark all usages to be stored as they were counted."""
        self._charged.update(self._usages)

    def store(self) -> None:
        """Write what was charged, by two statements for up to 500 usages."""
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
        """Return the charged projects that now exceed their limits."""
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
    """Charge projects with exactly what their backups add up to.

    This must come before anything else is read in the transaction.
    """
    accounts = Accounts(context, project_ids, limited=False, recounted=True)
    accounts.charge_all()
    accounts.store()


def _to_row(
    project_id: str, usage: quota_usages.Usage
) -> dict[str, typing.Any]:
    return {
        'project_id': project_id,
        'resource': usage.resource,
        'in_use': usage.in_use,
        'reserved': 0,
        'until_refresh': usage.until_refresh,
    }


def _update(usages: list[quota_usages.Usage]) -> sa.sql.Update:
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
    """Return an expression for the number of each row, given by its id."""
    distinct = set(values.values())
    if len(distinct) == 1:
        return distinct.pop()
    # Literals, because SQLAlchemy is slow with thousands of parameters.
    return sa.case(
        *(
            (sa.literal_column(str(row_id)), _literal(number))
            for row_id, number in values.items()
        ),
        value=_USAGES.c.id,
    )


def _literal(number: int | None) -> sa.sql.ColumnElement:
    return sa.literal_column('NULL' if number is None else str(number))
