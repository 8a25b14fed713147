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

"""Setting the retained flags of what an import makes.

The flags are written in the transaction that makes the backups, right before
its end: after it, a crash would leave a backup whose deletion destroys what it
shares; before it, a refusal would leave a flag on the backup of somebody else.
"""

from collections.abc import Iterable
import typing

from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import outcomes
from cinder_backup_meta.importer import store
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import retained

LOG = logging.getLogger(__name__)


class Flags:
    """The retained flags of a page.

    Retained are all backups that are asked for, and copies always. Those that
    are there already are retained too, unless they are refused.
    """

    def __init__(
        self,
        context: typing.Any,
        page: list[entries.Entry],
        options: objects.BackupRecordBatchOptions,
    ) -> None:
        self._context = context
        self._wanted = [
            entry
            for entry in page
            if (options.retain or entry.is_copy)
            and (entry.is_open or entry.is_there)
            and not options.dry_run
        ]
        # Set by this request, and committed.
        self._new: set[str] = set()
        self._is_done = not self._wanted

    def prepare(self) -> None:
        """Require that flags can be set, before the transaction.

        :raises Refused: if the plugin's own database cannot be used
        """
        if self._wanted:
            retained.want(self._context)

    def set(self, context: typing.Any, written: store.Written) -> None:
        """Set the flags of what is not refused.

        :param context: of the transaction on Cinder's database, which is
            about to end
        :raises Refused: if the plugin's own database cannot be used; the
            transaction must be rolled back then
        """
        kept = [
            entry.record.id
            for entry in self._wanted
            if outcomes.fault_of(entry, written) is None
        ]
        if not kept:
            return
        if session.is_file_of(models.get_engine()):
            # The file takes one writer at a time, which is the caller.
            retained.add_within(context, kept)
        else:
            self._new |= retained.add_many(self._context, kept)
        self._is_done = True

    def finish(self, written: store.Written) -> None:
        """Set what no transaction has set, and release what was refused.

        The latter is what an attempt has set that had to be repeated.

        :raises Refused: if no transaction was needed, and the plugin's own
            database cannot be used; nothing has been written then
        """
        if not (self._is_done or written.is_blocked):
            with models.main_context_manager.writer.using(self._context):
                self.set(self._context, written)
        if self._new:
            self._release(
                entry.record.id
                for entry in self._wanted
                if (fault := outcomes.fault_of(entry, written))
                # The import that made the backup relies on the flag.
                and fault.code is not reasons.Reason.BACKUP_EXISTS
            )

    def undo(self) -> None:
        """Release what was set, as the transaction was rolled back."""
        if self._new:
            self._release(self._new)

    def _release(self, backup_ids: Iterable[str]) -> None:
        """Release backups whose flags are new.

        What is written is written: no failure here makes a refusal of it.
        """
        try:
            retained.release_many(
                self._context, self._new.intersection(backup_ids)
            )
        except exception.Refused as error:
            LOG.error(
                'Some backups that were not imported may be noted as '
                'retained: %s',
                error,
            )
