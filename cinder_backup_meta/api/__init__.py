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

"""The use cases of cinder-api, one module for each noun of the REST API.

What enters is a request that :mod:`cinder_backup_meta.rest` or Cinder's own
REST layer has parsed. Each use case checks the policy, asks the cinder-backup
hosts over RPC, and returns a versioned object or raises an exception of
Cinder's. It runs in the process of cinder-api.

:class:`API` is the value of the option ``backup_api_class``.
"""

import copy
import typing

from cinder.backup import api
from cinder import context as cinder_context
from cinder import objects as cinder_objects
from cinder.objects import fields
from cinder.policies import backups as cinder_rules

from cinder_backup_meta.api import exports
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import imports
from cinder_backup_meta.api import restores
from cinder_backup_meta.api import retention


class API(api.API):
    """Cinder's backup API with the plugin's export and import of records.

    Replaces ``cinder.backup.api.API`` by the option ``backup_api_class`` and
    serves the stock REST calls, and thus the stock clients.
    """

    def __init__(self) -> None:
        super().__init__()
        live_hosts = hosts.Hosts()
        self._exports = exports.Exports(live_hosts)
        self._imports = imports.Imports(live_hosts)
        self._restores = restores.Restores(live_hosts)

    def export_record(
        self, context: cinder_context.RequestContext, backup_id: str
    ) -> dict[str, str]:
        """Return the record of a backup.

        Answers ``GET /v3/{project_id}/backups/{backup_id}/export_record``;
        see :meth:`.exports.Exports.export_record`.
        """
        return self._exports.export_record(context, backup_id)

    def import_record(
        self,
        context: cinder_context.RequestContext,
        backup_service: str,
        backup_url: str,
    ) -> cinder_objects.Backup:
        """Make an available backup from a record.

        Answers ``POST /v3/{project_id}/backups/import_record``; see
        :meth:`.imports.Imports.import_record`.

        :param backup_service: class path or module path of the backup
            driver that the backup was made with
        :param backup_url: the record string
        """
        return self._imports.import_record(
            context, backup_url, backup_service=backup_service
        )

    def delete(
        self,
        context: cinder_context.RequestContext,
        backup: cinder_objects.Backup,
        force: bool = False,
    ) -> None:
        """Delete a backup on which no other builds, whoever owns the other.

        :raises InvalidBackup: if an incremental backup builds on it
        """
        retention.check_no_children(context, backup)
        super().delete(context, backup, force)

    def restore(
        self,
        context: cinder_context.RequestContext,
        backup_id: str,
        volume_id: str | None = None,
        name: str | None = None,
    ) -> dict[str, typing.Any]:
        """Restore a backup; that of an encrypted volume into one of its type.

        A volume that Cinder creates for the restore gets the type. One that
        is named must have it.

        :raises InvalidVolume: if it does not
        :raises InvalidBackup: if the type is not there
        :raises BackupHostUnavailable: if no live host can tell the type
        """
        backup = self.get(context, backup_id)
        context.authorize(cinder_rules.RESTORE_POLICY, target_obj=backup)
        # Cinder refuses one of another status.
        if backup.status == fields.BackupStatus.AVAILABLE:
            volume_type = self._restores.target_type(context, backup)
            if volume_type is not None:
                return self._restore_encrypted(
                    context, backup, volume_type, volume_id, name
                )
        return super().restore(context, backup_id, volume_id, name)

    def _restore_encrypted(
        self,
        context: cinder_context.RequestContext,
        backup: cinder_objects.Backup,
        volume_type: cinder_objects.VolumeType,
        volume_id: str | None,
        name: str | None,
    ) -> dict[str, typing.Any]:
        if volume_id is not None:
            volume = self.volume_api.get(context, volume_id)
            restores.check_volume(backup, volume, volume_type)
        # Cinder creates a volume of the default type. A copy, because other
        # requests use this object at the same time.
        typed = copy.copy(self)
        typed.volume_api = restores.TypedVolumeAPI(
            self.volume_api, volume_type
        )
        return super(API, typed).restore(context, backup.id, volume_id, name)
