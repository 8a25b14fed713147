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

"""The volumes that the backups of encrypted volumes are restored into.

Cinder restores the backup of an encrypted volume only into a volume of the
type that the volume had, and finds out when it has written all data. The type
is determined here before anything is created.
"""

import typing

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects as cinder_objects

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta import exception
from cinder_backup_meta import reasons


class Restores:
    """The use case of a restore.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def target_type(
        self,
        context: cinder_context.RequestContext,
        backup: cinder_objects.Backup,
    ) -> cinder_objects.VolumeType | None:
        """Return the type that a volume must have for a restore.

        :returns: None if any type will do, or if it is not known where the
            backup driver keeps it
        :raises InvalidBackup: if the type does not exist, or is hidden from
            the caller
        :raises BackupHostUnavailable: if no live host answers
        """
        if backup.encryption_key_id is None:
            return None
        type_id = self._type_id(context, backup)
        if type_id is None:
            return None
        try:
            return cinder_objects.VolumeType.get_by_id(context, type_id)
        except cinder_exception.VolumeTypeNotFound:
            raise cinder_exception.InvalidBackup(
                reason=f'Backup {backup.id} is of an encrypted volume and can '
                'be restored only into a volume of the type with the ID '
                f'{type_id}, which does not exist or which your project has '
                'no access to. If it was lost with the database, restore its '
                'rows in volume_types and encryption from a dump.'
            ) from None

    def _type_id(
        self,
        context: cinder_context.RequestContext,
        backup: cinder_objects.Backup,
    ) -> str | None:
        with errors.translated():
            try:
                _host, answer = self._hosts.ask(
                    lambda host: self._hosts.rpcapi.restore_target(
                        context, host, backup
                    ),
                    first=backup.host,
                )
            except exception.Refused as error:
                if error.code != reasons.Reason.DRIVER_UNKNOWN:
                    raise
                return None
        return typing.cast('str | None', answer.volume_type_id)


def check_volume(
    backup: cinder_objects.Backup,
    volume: cinder_objects.Volume,
    volume_type: cinder_objects.VolumeType,
) -> None:
    """Raise InvalidVolume if a volume has not the type that it must have."""
    if volume.volume_type_id == volume_type.id:
        return
    raise cinder_exception.InvalidVolume(
        reason=f'Backup {backup.id} is of an encrypted volume and can be '
        f'restored only into a volume of the type {volume_type.name} '
        f'({volume_type.id}), which volume {volume.id} does not have. Name a '
        'volume of this type, or none: a new volume gets it.'
    )


class TypedVolumeAPI:
    """Cinder's volume API, whose new volumes have a type.

    :param volume_api: the ``volume_api`` of Cinder's backup API
    """

    def __init__(
        self, volume_api: typing.Any, volume_type: cinder_objects.VolumeType
    ) -> None:
        self._volume_api = volume_api
        self._volume_type = volume_type

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._volume_api, name)

    def create(self, *args: typing.Any, **kwargs: typing.Any) -> typing.Any:
        """Create a volume."""
        kwargs.setdefault('volume_type', self._volume_type)
        return self._volume_api.create(*args, **kwargs)
