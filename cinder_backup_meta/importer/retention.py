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

"""Setting the retained flag of backups before they are imported.

In the opposite order, a crash in between would leave a backup whose deletion
destroys what it shares.
"""

from collections.abc import Callable
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import outcomes
from cinder_backup_meta.importer import store
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained

LOG = logging.getLogger(__name__)


def write(
    context: typing.Any,
    page: list[entries.Entry],
    options: objects.BackupRecordBatchOptions,
    action: Callable[[], store.Written],
) -> store.Written:
    """Retain the backups of a page, if wanted, and write it.

    Retained are all that are asked for, and copies always. Those that are
    there already are retained too: an import that was interrupted may have
    made them.

    :param action: writes the page
    :raises Refused: if they cannot be retained; nothing has been written then
    """
    wanted = [
        entry
        for entry in page
        if (options.retain or entry.is_copy)
        and (entry.is_open or entry.is_there)
    ]
    if not wanted or options.dry_run:
        return action()
    new = retained.retain_many(context, [entry.record.id for entry in wanted])
    written = action()
    _settle(context, wanted, written, new)
    return written


def _settle(
    context: typing.Any,
    wanted: list[entries.Entry],
    written: store.Written,
    new: set[str],
) -> None:
    """Release those that were refused after all.

    What is written is written: no failure here makes a refusal of it.
    """
    kept, lost = [], []
    for entry in wanted:
        fault = outcomes.fault_of(entry, written)
        if fault is None:
            kept.append(entry.record.id)
        elif fault.code is not reasons.Reason.BACKUP_EXISTS:
            lost.append(entry.record.id)
    try:
        retained.release_many(context, new.intersection(lost))
        # Another import of the same record may have failed meanwhile and
        # taken the flag, which it believed to be its own, away with it.
        retained.retain_many(context, kept)
    except exception.Refused as error:
        LOG.error(
            'The retained flags of some imported backups may be wrong: %s',
            error,
        )
