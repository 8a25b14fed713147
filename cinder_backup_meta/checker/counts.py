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

"""The numbers of incremental backups that build on backups.

Stock Cinder completes an incremental backup and counts it on its parent in two
steps; if cinder-backup ends between them, the backup is never counted. When a
backup that failed, and so was never counted, is deleted, it subtracts 1 from
the number of the parent.
"""

import typing

from cinder_backup_meta.db.cinder import discrepancies
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import writes
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.db import retry


class Miscount(typing.NamedTuple):
    """A backup with a wrong number of backups that build on it.

    :ivar counted: the number that Cinder has
    :ivar whole: the number of backups on it whose data is complete
    :ivar live: the number of all backups on it; one whose data is not
        complete may be counted or not
    """

    backup_id: str
    project_id: str | None
    counted: int
    whole: int
    live: int

    def expected(self) -> int:
        """Return the right number that is nearest to the wrong one."""
        return max(self.whole, min(self.counted, self.live))


def find(context: typing.Any) -> list[Miscount]:
    """Return the backups with wrong numbers.

    A number that is wrong once may be between Cinder's two steps; it has to be
    wrong in two looks, some time apart.

    :param context: an administrator's
    """
    first = set(_look(context))
    if not first:
        return []
    clock.pause()
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
    """Correct the numbers, each in a transaction of its own.

    :param found: what :func:`find` has returned
    :returns: those corrected; one that has changed since is left as it is
    """
    return [one for one in found if _correct(context, one)]


@retry.on_conflict()
@models.main_context_manager.writer
def _correct(context: typing.Any, miscount: Miscount) -> bool:
    return writes.set_dependents(
        context, miscount.backup_id, miscount.counted, miscount.expected()
    )
