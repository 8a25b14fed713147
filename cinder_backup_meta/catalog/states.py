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

"""The state of a catalog entry: current, missing or deleted.

The state follows from the row that Cinder has of the backup:

=========================  ====================================================
Cinder's row               the entry becomes
=========================  ====================================================
exists and is not deleted  ``current``; but an entry that is ``deleted`` stays
                           so until the data of the backup is complete, as its
                           import may yet fail
is soft-deleted            ``deleted``
does not exist             ``missing``; but an entry that is ``deleted`` stays
                           so, as Cinder purges deleted rows
=========================  ====================================================

So an entry becomes ``missing`` when the catalog is compared with Cinder and
has an entry of a backup that is neither in Cinder's database nor known to have
been deleted, because that database was lost or restored from an older copy.
Only a comparison of everything (:func:`.passes.compare_all`, every
``comparison_interval`` seconds, or ``catalog sync --full``) looks for such
entries; a row that does not exist has no time of change by which the other
passes could find it. A missing entry is never purged.
"""

import typing

from cinder_backup_meta.exporter import encoder
from cinder_backup_meta import objects

CURRENT = objects.BackupRecordEntry.CURRENT
MISSING = objects.BackupRecordEntry.MISSING
DELETED = objects.BackupRecordEntry.DELETED

#: The states of the backups that Cinder has, or should have.
NOT_DELETED = (CURRENT, MISSING)


def of(entry: typing.Any, row: typing.Any) -> str:
    """Return the state that an entry ought to have.

    :param entry: has the present ``state``
    :param row: Cinder's row, with ``deleted`` and ``status``; None if there is
        none
    """
    if row is None:
        return DELETED if entry.state == DELETED else MISSING
    if row.deleted:
        return DELETED
    if entry.state == DELETED and row.status not in encoder.WHOLE:
        return DELETED
    return CURRENT


def is_gone_unnoticed(entry: typing.Any, row: typing.Any) -> bool:
    """Return whether a backup is gone and its entry does not say so yet.

    Gone means deleted in Cinder, or without a row there.

    :param entry: has the present ``state``
    :param row: Cinder's row, with ``deleted``; None if there is none
    """
    if row is not None and not row.deleted:
        return False
    # The status of the row matters only where it is not deleted.
    return bool(entry.state != of(entry, row))
