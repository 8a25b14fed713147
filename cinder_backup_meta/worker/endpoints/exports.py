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

"""Export of records, one or a page, in cinder-backup."""

import typing

from cinder import exception as cinder_exception
from cinder import objects as cinder_objects

from cinder_backup_meta import exception
from cinder_backup_meta.exporter import pages
from cinder_backup_meta.exporter import single
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.worker.endpoints import base


class ExportsEndpoint(base.Endpoint):
    """Answers ``export_record`` and ``export_records``."""

    def export_record(
        self, context: typing.Any, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return the record of an available backup; change nothing."""

        def export() -> dict[str, typing.Any]:
            backup = _get_backup(context, backup_id)
            host = self._host(context)
            # Rows from before Cinder kept the driver have no service.
            if backup.service:
                host.check_service(backup.service)
            record = single.get_record(context, backup, host.drivers)
            return {'record': record}

        return self._outcome(context, 'Export', backup_id, export)

    def export_records(
        self,
        context: typing.Any,
        selection: objects.BackupRecordSelection,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Return the next records of the selected backups; change nothing."""

        def export() -> dict[str, typing.Any]:
            host = self._host(context)
            page = pages.export_page(
                context.elevated(),
                selection,
                limit,
                marker,
                host.drivers,
            )
            return {
                'items': page.items,
                'omitted': page.omitted,
                'next_marker': page.next_marker,
                'examined': page.examined,
            }

        return self._page(context, 'Export of many backups', export)


def _get_backup(context: typing.Any, backup_id: str) -> typing.Any:
    try:
        return cinder_objects.Backup.get_by_id(context, backup_id)
    except cinder_exception.BackupNotFound as error:
        raise exception.Refused(
            reasons.Reason.BACKUP_NOT_FOUND, error.msg
        ) from None
