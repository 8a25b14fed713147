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

"""Reading the catalog, in cinder-backup."""

from collections.abc import Callable
import typing

from cinder_backup_meta.catalog import queries
from cinder_backup_meta.catalog import status
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta.worker.endpoints import base


class CatalogEndpoint(base.Endpoint):
    """Answers ``list_records``, ``show_record`` and ``catalog_status``."""

    def list_records(
        self,
        context: typing.Any,
        selection: objects.BackupRecordSelection,
        sort: list[str],
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordEntryAnswer:
        """Return the next selected entries, without their records."""
        return self._entries(
            context,
            'List of the catalog',
            lambda: queries.list_entries(
                context, selection, sort, limit, marker
            ),
        )

    def show_record(
        self, context: typing.Any, backup_id: str
    ) -> objects.BackupRecordEntryAnswer:
        """Return the entry of one backup with its record."""
        return self._entries(
            context,
            f'Look at the catalog for backup {backup_id}',
            lambda: [queries.show(context, backup_id)],
        )

    def catalog_status(
        self, context: typing.Any
    ) -> objects.BackupRecordCatalogStatus:
        """Return how well the catalog keeps up with Cinder."""
        return self._answer(
            'Status of the catalog',
            lambda: status.get(context),
            lambda error: objects.BackupRecordCatalogStatus.with_defaults(
                context, **_told(error)
            ),
        )

    def _entries(
        self,
        context: typing.Any,
        what: str,
        action: Callable[[], list[objects.BackupRecordEntry]],
    ) -> objects.BackupRecordEntryAnswer:
        make = objects.BackupRecordEntryAnswer.with_defaults
        return self._answer(
            what,
            lambda: make(context, objects=action()),
            lambda error: make(context, **_told(error)),
        )


def _told(error: exception.Refused) -> dict[str, str]:
    return {'reason': str(error.code), 'detail': str(error.kwargs['detail'])}
