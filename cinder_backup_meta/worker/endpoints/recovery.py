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

"""Recovery of backups that Cinder has lost, in cinder-backup."""

import typing

from cinder_backup_meta import objects
from cinder_backup_meta.recovery import from_catalog
from cinder_backup_meta.worker.endpoints import base


class RecoveryEndpoint(base.Endpoint):
    """Answers ``recover_records``."""

    def recover_records(
        self,
        context: typing.Any,
        selection: objects.BackupRecordSelection,
        options: objects.BackupRecordBatchOptions,
        limit: int,
        marker: str | None,
        expires_at: float | None = None,
    ) -> objects.BackupRecordPage:
        """Bring back what the catalog has and Cinder has lost.

        :param expires_at: when the caller gives up, by the clock of Cinder's
            database; nothing is written after that
        """

        def recover() -> dict[str, typing.Any]:
            page = from_catalog.recover_page(
                context,
                selection,
                options,
                limit,
                marker,
                self._host(context),
                on_created=self._capture,
            )
            return {
                'items': page.items,
                'over_quota': page.over_quota,
                'next_marker': page.next_marker,
                'examined': page.examined,
            }

        return self._page(
            context,
            'Recovery of many backups',
            self._in_time(context, expires_at, recover),
        )
