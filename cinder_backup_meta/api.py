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

"""The backup API that cinder-api runs with the plugin in place."""

import typing

from cinder.backup import api
from cinder import exception as cinder_exception
from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import exporting
from cinder_backup_meta import hosts
from cinder_backup_meta import importing
from cinder_backup_meta import objects
from cinder_backup_meta.policies import records as policy
from cinder_backup_meta import reason
from cinder_backup_meta import rpcapi

CONF = cfg.CONF
conf.register_opts(CONF)


class BackupHostUnavailable(cinder_exception.ServiceNotFound):
    """No cinder-backup host can do what is asked; HTTP 503.

    Cinder's import answers 503 to its parent class, its export 404; with the
    code both answer 503.
    """

    code = 503


class API(api.API):
    """Cinder's backup API, with its own export and import of records.

    Takes the place of ``cinder.backup.api.API`` by the option
    ``backup_api_class`` and serves the stock REST calls, and so the stock
    clients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backup_meta_rpcapi = rpcapi.BackupMetaAPI()

    def export_record(
        self, context: typing.Any, backup_id: str
    ) -> dict[str, str]:
        """Return the record of a backup, from any host that can give it.

        Answers ``GET /v3/{project_id}/backups/{backup_id}/export_record``.

        :returns: ``backup_service`` and ``backup_url``, the two values that
            an import wants
        :raises InvalidBackup: if the backup is not available
        :raises BackupHostUnavailable: if no live host has its driver
        """
        backup = self.get(context, backup_id)
        context.authorize(policy.EXPORT, target_obj=backup)
        try:
            exporting.check_status(backup)
        except exception.Refused as error:
            raise _to_cinder(error.code, str(error.kwargs['detail'])) from None
        _host, outcome = self._ask(
            lambda host: self.backup_meta_rpcapi.export_record(
                context, host, backup_id
            ),
            first=backup.host,
        )
        return {
            'backup_service': backup.service or outcome.backup_service,
            'backup_url': outcome.record.to_string(),
        }

    def import_record(
        self, context: typing.Any, backup_service: str, backup_url: str
    ) -> typing.Any:
        """Make an available backup from a record, and tell the outcome.

        Answers ``POST /v3/{project_id}/backups/import_record``. Nothing is
        written unless the whole import succeeds.

        :param backup_service: class path or module path of the backup
            driver that the backup was made with
        :param backup_url: the record string
        :returns: the Cinder ``Backup`` object, in the status ``available``
        :raises InvalidInput: if the record can't be read
        :raises InvalidBackup: if this cloud can't have it
        :raises QuotaError: if it would exceed the project's quota
        :raises BackupHostUnavailable: if no live host has the driver
        """
        context.authorize(policy.IMPORT)
        try:
            record = objects.BackupRecord.from_string(
                context, backup_url, CONF.backup_meta.clock_skew
            )
        except exception.RecordRefused as error:
            raise cinder_exception.InvalidInput(reason=str(error)) from None
        host, outcome = self._ask(
            lambda host: self.backup_meta_rpcapi.import_record(
                context, host, record, backup_service
            )
        )
        home = importing.Home(host, None, outcome.backup_service)
        return importing.to_backup(context, record, home)

    def _ask(
        self, call: typing.Any, first: str | None = None
    ) -> tuple[str, objects.BackupRecordOutcome]:
        """Ask the live hosts in turn; raise what a refusal means in Cinder."""
        live = hosts.in_turn(self._list_backup_hosts(), first=first)
        try:
            host, outcome = hosts.ask(live, call)
        except hosts.NoHost as error:
            raise BackupHostUnavailable(str(error)) from None
        if outcome.result == outcome.REFUSED:
            raise _to_cinder(reason.Reason(outcome.reason), outcome.detail)
        return host, outcome


def _to_cinder(code: reason.Reason, detail: str) -> Exception:
    """Return the exception that Cinder's REST layer answers rightly to."""
    if code is reason.Reason.BACKUP_NOT_FOUND:
        return cinder_exception.NotFound(detail)
    if code is reason.Reason.QUOTA_EXCEEDED:
        return cinder_exception.QuotaError(f'{detail} [{code}]')
    if code is reason.Reason.BACKUP_NOT_AVAILABLE:
        # Word for word what Cinder says.
        return cinder_exception.InvalidBackup(reason=detail)
    return cinder_exception.InvalidBackup(reason=f'{detail} [{code}]')
