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
from cinder import objects as cinder_objects
from cinder.policies import backups as cinder_rules
from oslo_config import cfg

from cinder_backup_meta.api import asking
from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import policy
from cinder_backup_meta import conf
from cinder_backup_meta.exporter import single
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta.policies import records as rules

CONF = cfg.CONF
conf.register_opts(CONF)


class API(api.API):
    """Cinder's backup API, with its own export and import of records.

    Takes the place of ``cinder.backup.api.API`` by the option
    ``backup_api_class`` and serves the stock REST calls, and so the stock
    clients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backup_meta = asking.Asker(self._list_backup_hosts)

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
        with errors.translated(), audit.trail(context, 'export') as event:
            event.backup_id = backup_id
            # Who may export nothing does not learn what there is either.
            context.authorize(rules.EXPORT)
            backup = self.get(context, backup_id)
            context.authorize(rules.EXPORT, target_obj=backup)
            single.check_status(backup)
            event.host, outcome = self.backup_meta.ask(
                lambda host: self.backup_meta.rpcapi.export_record(
                    context, host, backup_id
                ),
                first=backup.host,
            )
            event.record = outcome.record.to_string()
            return {
                'backup_service': backup.service or outcome.backup_service,
                'backup_url': event.record,
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
        return self.import_with_options(
            context, backup_url, backup_service=backup_service
        )

    def import_with_options(
        self,
        context: typing.Any,
        backup_url: str,
        backup_service: str | None = None,
        **options: typing.Any,
    ) -> typing.Any:
        """Import as :meth:`import_record` does, as the caller chooses.

        Answers ``POST /v3/{project_id}/backup-records/import``.

        :param backup_service: as there; None takes what the record names
        :param options: fields of
            :class:`cinder_backup_meta.objects.BackupRecordOptions`; what is
            not given has its default
        """
        options.setdefault('verify', CONF.backup_meta.verify)
        choice = objects.BackupRecordOptions.with_defaults(context, **options)
        with errors.translated(), audit.trail(context, 'import') as event:
            event.record = backup_url
            context.authorize(rules.IMPORT)
            if choice.owner == choice.OWNER_RECORD:
                policy.authorize(context, rules.KEEP_OWNER)
            record = objects.BackupRecord.from_string(
                context, backup_url, CONF.backup_meta.clock_skew
            )
            event.backup_id = record.id
            if backup_service is None:
                backup_service = record.values().get('service') or ''
            owner = rows.owner_of(context, record, choice)
            event.host, outcome = self.backup_meta.ask(
                lambda host: self.backup_meta.rpcapi.import_record(
                    context, host, record, backup_service, choice
                )
            )
            values = rows.row_values(
                record, owner, event.host, None, outcome.backup_service
            )
            return rows.to_backup(context, record, values)

    def delete(
        self, context: typing.Any, backup: typing.Any, force: bool = False
    ) -> None:
        """Delete a backup that no other builds on, whoever owns the other.

        Cinder looks for incremental backups in the caller's project only. A
        chain whose backups came back to different owners would lose its
        beginning.

        :raises InvalidBackup: if an incremental backup builds on it
        """
        context.authorize(cinder_rules.DELETE_POLICY, target_obj=backup)
        children = cinder_objects.BackupList.get_all(
            context.elevated(), filters={'parent_id': backup.id}, limit=1
        )
        if len(children):
            raise cinder_exception.InvalidBackup(
                reason='Incremental backups exist for this backup.'
            )
        super().delete(context, backup, force)

    def release(self, context: typing.Any, backup_id: str) -> None:
        """Let the deletion of a backup destroy its data and key again.

        Answers ``POST /v3/{project_id}/backup-records/{backup_id}/action``.
        Releasing what is not retained changes nothing.
        """
        policy.authorize(context, rules.RELEASE)
        self.get(context, backup_id)
        with errors.translated():
            self.backup_meta.ask(
                lambda host: self.backup_meta.rpcapi.release(
                    context, host, backup_id
                )
            )
