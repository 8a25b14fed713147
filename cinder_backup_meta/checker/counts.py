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

"""How many backups build on another, and what stock Cinder says of that.

Stock Cinder makes an incremental backup whole and counts it on its parent in
two steps, so that the end of cinder-backup between them leaves it uncounted.
And it takes one off the parent when a backup is deleted that failed, and so
was never counted.
"""

import typing

from oslo_db import api as oslo_db_api

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import discrepancies
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import paging


class Miscount(typing.NamedTuple):
    """A backup with a wrong count.

    :ivar counted: what Cinder says
    :ivar whole: how many whole backups build on it
    :ivar live: how many do with those that are not, or not yet, whole; they
        may be counted or not
    """

    backup_id: str
    project_id: str | None
    counted: int
    whole: int
    live: int

    def expected(self) -> int:
        """Return the right count that is nearest to the wrong one."""
        return max(self.whole, min(self.counted, self.live))


def find(context: typing.Any) -> list[Miscount]:
    """Return the backups with wrong counts.

    What is wrong once only may just be between Cinder's two steps; it has to
    be so twice, some time apart.

    :param context: an administrator's
    """
    first = set(_look(context))
    if not first:
        return []
    paging.wait()
    return [one for one in _look(context) if one in first]


def _look(context: typing.Any) -> list[Miscount]:
    return [
        Miscount(
            row.id,
            row.project_id,
            int(row.counted),
            int(row.whole),
            int(row.live),
        )
        for row in paging.rows(context, discrepancies.miscounted)
    ]


def apply(context: typing.Any, found: list[Miscount]) -> list[Miscount]:
    """Correct the counts, each in a transaction of its own.

    :param found: what :func:`find` has returned
    :returns: those corrected; one that has changed since is left alone
    """
    return [one for one in found if _correct(context, one)]


@oslo_db_api.wrap_db_retry(max_retries=5, retry_on_deadlock=True)
@models.main_context_manager.writer
def _correct(context: typing.Any, miscount: Miscount) -> bool:
    return backups.set_dependents(
        context, miscount.backup_id, miscount.counted, miscount.expected()
    )
