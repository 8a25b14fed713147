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

"""Export, import and recovery of many records, in cinder-backup."""

import typing

from cinder_backup_meta.exporter import pages as exporting_pages
from cinder_backup_meta import importer
from cinder_backup_meta import objects
from cinder_backup_meta.recovery import from_catalog
from cinder_backup_meta.worker.endpoints import base

# Capturing so many is no longer done in a moment.
_MANY = 100


class PagesEndpoint(base.Endpoint):
    """Answers ``export_records``, ``import_records``, ``recover_records``."""

    def export_records(
        self,
        context: typing.Any,
        selection: objects.BackupRecordSelection,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Return the next records of the selected backups; change nothing."""

        def export() -> dict[str, typing.Any]:
            page = exporting_pages.export_page(
                context.elevated(),
                selection,
                limit,
                marker,
                self._manager.service(context),
                self._manager.driver_name,
            )
            return {
                'items': page.items,
                'omitted': page.omitted,
                'next_marker': page.next_marker,
                'examined': page.examined,
            }

        return self._page(context, 'Export of many backups', export)

    def import_records(
        self,
        context: typing.Any,
        batch: objects.BackupRecordBatch,
        options: objects.BackupRecordBatchOptions,
    ) -> objects.BackupRecordPage:
        """Make backups of records, in one transaction."""

        def import_() -> dict[str, typing.Any]:
            outcome = importer.import_page(
                context,
                batch.records,
                options,
                self._home(),
                *self._storage(context),
                on_created=self._capture,
            )
            return {'items': outcome.items, 'over_quota': outcome.over_quota}

        what = f'Import of {len(batch.records)} records'
        return self._page(context, what, import_)

    def recover_records(
        self,
        context: typing.Any,
        selection: objects.BackupRecordSelection,
        options: objects.BackupRecordBatchOptions,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Bring back what the catalog has and Cinder has lost."""

        def recover() -> dict[str, typing.Any]:
            page = from_catalog.recover_page(
                context,
                selection,
                options,
                limit,
                marker,
                self._home(),
                *self._storage(context),
                on_created=self._capture,
            )
            return {
                'items': page.items,
                'over_quota': page.over_quota,
                'next_marker': page.next_marker,
                'examined': page.examined,
            }

        return self._page(context, 'Recovery of many backups', recover)

    def _capture(self, backup_ids: list[str]) -> None:
        """Let the catalog follow: at once, or after the last of many pages."""
        if len(backup_ids) < _MANY:
            self._manager.catalog.put(*backup_ids)
        else:
            self._manager.catalog.put_many(backup_ids)
