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

from collections.abc import Callable
import typing

from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
from oslo_log import log as logging
import oslo_messaging as messaging

from cinder_backup_meta import drivers
from cinder_backup_meta import exception
from cinder_backup_meta import exporting
from cinder_backup_meta import importing
from cinder_backup_meta import objects
from cinder_backup_meta import reason
from cinder_backup_meta import rpcapi

LOG = logging.getLogger(__name__)


class RecordsEndpoint:
    """Answers :class:`cinder_backup_meta.rpcapi.BackupMetaAPI`."""

    target = messaging.Target(
        namespace=rpcapi.NAMESPACE,
        version=rpcapi.BackupMetaAPI.RPC_API_VERSION,
    )

    def __init__(self, manager: typing.Any) -> None:
        self._manager = manager

    def export_record(
        self, context: typing.Any, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return the record of an available backup; change nothing."""
        LOG.info('Export record started, backup: %s.', backup_id)

        def export() -> dict[str, typing.Any]:
            backup = _get_backup(context, backup_id)
            # Rows from before Cinder kept the driver have no service.
            if backup.service:
                self._check_driver(backup.service)
            driver = self._manager.service(context)
            return {'record': exporting.get_record(context, backup, driver)}

        return self._outcome(context, 'Export', backup_id, export)

    def import_record(
        self,
        context: typing.Any,
        record: objects.BackupRecord,
        backup_service: str,
    ) -> objects.BackupRecordOutcome:
        """Make an available backup from a record, or change nothing."""
        LOG.info('Import record started, backup: %s.', record.id)

        def import_() -> dict[str, typing.Any]:
            self._check_driver(backup_service)
            home = importing.Home(
                host=self._manager.host,
                availability_zone=self._manager.az,
                service=self._manager.driver_name,
            )
            driver = self._manager.service(context)
            importing.import_record(context, record, home, driver)
            return {}

        return self._outcome(context, 'Import', record.id, import_)

    def _check_driver(self, name: str) -> None:
        if not drivers.is_driver(name, self._manager.driver_name):
            raise exception.Refused(
                reason.Reason.SERVICE_MISMATCH,
                f'the backup service {name} is asked for and host '
                f'{self._manager.host} has {self._manager.driver_name}',
            )

    def _outcome(
        self,
        context: typing.Any,
        what: str,
        backup_id: str,
        action: Callable[[], dict[str, typing.Any]],
    ) -> objects.BackupRecordOutcome:
        service = self._manager.driver_name
        try:
            values = _guard(what, backup_id, action)
        except exception.Refused as error:
            LOG.info(
                '%(what)s record refused, backup: %(id)s: %(error)s',
                {'what': what, 'id': backup_id, 'error': error},
            )
            return objects.BackupRecordOutcome.refused(
                context, error, backup_service=service
            )
        LOG.info('%s record finished, backup: %s.', what, backup_id)
        return objects.BackupRecordOutcome.done(
            context, backup_service=service, **values
        )


def _guard(
    what: str, backup_id: str, action: Callable[[], dict[str, typing.Any]]
) -> dict[str, typing.Any]:
    """Give an error that nobody foresaw a reason too.

    An exception of a class that cinder-api does not know would reach it as
    no more than a string.
    """
    try:
        return action()
    except exception.Refused:
        raise
    except Exception as error:
        LOG.exception('%s record failed, backup: %s.', what, backup_id)
        raise exception.Refused(
            reason.Reason.HOST_FAILED,
            f'{type(error).__name__}; the log of cinder-backup says more',
        ) from None


def _get_backup(context: typing.Any, backup_id: str) -> typing.Any:
    try:
        return cinder_objects.Backup.get_by_id(context, backup_id)
    except cinder_exception.BackupNotFound as error:
        raise exception.Refused(
            reason.Reason.BACKUP_NOT_FOUND, error.msg
        ) from None
