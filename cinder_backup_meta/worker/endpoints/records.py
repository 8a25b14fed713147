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

"""Export and import of single records, in cinder-backup."""

import typing

from cinder import exception as cinder_exception
from cinder import objects as cinder_objects

from cinder_backup_meta import exception
from cinder_backup_meta import exporter
from cinder_backup_meta import importer
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.worker.endpoints import base


class RecordsEndpoint(base.Endpoint):
    """Answers ``export_record`` and ``import_record``."""

    def export_record(
        self, context: typing.Any, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return the record of an available backup; change nothing."""

        def export() -> dict[str, typing.Any]:
            backup = _get_backup(context, backup_id)
            # Rows from before Cinder kept the driver have no service.
            if backup.service:
                importer.check_service(backup.service, self._home())
            driver = self._manager.service(context)
            return {'record': exporter.get_record(context, backup, driver)}

        return self._outcome(context, 'Export', backup_id, export)

    def import_record(
        self,
        context: typing.Any,
        record: objects.BackupRecord,
        backup_service: str,
        options: objects.BackupRecordOptions,
    ) -> objects.BackupRecordOutcome:
        """Make an available backup from a record, or change nothing."""

        def import_() -> dict[str, typing.Any]:
            home = self._home()
            importer.check_service(backup_service, home)
            importer.import_record(
                context, record, options, home, *self._storage(context)
            )
            self._manager.catalog.put(record.id)
            return {}

        return self._outcome(context, 'Import', record.id, import_)


def _get_backup(context: typing.Any, backup_id: str) -> typing.Any:
    try:
        return cinder_objects.Backup.get_by_id(context, backup_id)
    except cinder_exception.BackupNotFound as error:
        raise exception.Refused(
            reasons.Reason.BACKUP_NOT_FOUND, error.msg
        ) from None
