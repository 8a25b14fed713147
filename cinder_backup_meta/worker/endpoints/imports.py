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

"""Import of records, one or a page, in cinder-backup."""

import typing

from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.worker.endpoints import base


class ImportsEndpoint(base.Endpoint):
    """Answers ``import_record`` and ``import_records``."""

    def import_record(
        self,
        context: typing.Any,
        record: objects.BackupRecord,
        backup_service: str,
        options: objects.BackupRecordOptions,
        expires_at: float | None = None,
    ) -> objects.BackupRecordOutcome:
        """Make an available backup from a record, or change nothing.

        :param expires_at: when the caller gives up, by the clock of Cinder's
            database; nothing is written after that
        """

        def import_() -> dict[str, typing.Any]:
            pipeline.import_record(
                context,
                record,
                backup_service,
                options,
                self._host(context),
                on_created=self._capture,
            )
            return {}

        return self._outcome(
            context,
            'Import',
            record.id,
            self._in_time(context, expires_at, import_),
        )

    def import_records(
        self,
        context: typing.Any,
        batch: objects.BackupRecordBatch,
        options: objects.BackupRecordBatchOptions,
        expires_at: float | None = None,
    ) -> objects.BackupRecordPage:
        """Make backups of records, in one transaction.

        :param expires_at: see :meth:`import_record`
        """

        def import_() -> dict[str, typing.Any]:
            outcome = pipeline.import_page(
                context,
                entries.of_strings(batch.records, options.ignore_unknown),
                options,
                self._host(context),
                on_created=self._capture,
            )
            return {'items': outcome.items, 'over_quota': outcome.over_quota}

        what = f'Import of {len(batch.records)} records'
        return self._page(
            context, what, self._in_time(context, expires_at, import_)
        )
