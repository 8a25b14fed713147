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

"""A Cinder volume driver that keeps volumes as sparse files."""

import os
import typing

from cinder import interface
from cinder.volume import configuration
from cinder.volume import driver
from oslo_config import cfg
from oslo_utils import units

from cinder_backup_meta.embedded import sparse

CONF = cfg.CONF

_Answer = dict[str, typing.Any]


@interface.volumedriver
class SparseFileDriver(driver.VolumeDriver):
    """Volumes and snapshots as files in ``$state_path/volumes``.

    They are exported as ``local`` connections, that is by their path, to
    services on the same machine. There is no guest to attach a volume to;
    write into the file what a guest would write.
    """

    VERSION = '1.0'
    SUPPORTED = True

    def __init__(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        super().__init__(*args, **kwargs)
        self._folder = os.path.join(CONF.state_path, 'volumes')

    @staticmethod
    def get_driver_options() -> list[cfg.Opt]:
        return []

    def _path(self, named: typing.Any) -> str:
        """Return the path of the file of a volume or snapshot."""
        return os.path.join(self._folder, named.name)

    def check_for_setup_error(self) -> None:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)

    def _update_volume_stats(self) -> None:
        self._stats = {
            'volume_backend_name': self.configuration.safe_get(
                'volume_backend_name'
            )
            or configuration.SHARED_CONF_GROUP,
            'vendor_name': 'cinder-backup-meta',
            'driver_version': self.VERSION,
            'storage_protocol': 'file',
            'total_capacity_gb': 'infinite',
            'free_capacity_gb': 'infinite',
            'thin_provisioning_support': True,
            'sparse_copy_volume': True,
            'multiattach': False,
        }

    # Volumes

    def create_volume(self, volume: typing.Any) -> None:
        with open(self._path(volume), 'xb') as file:
            file.truncate(volume.size * units.Gi)

    def delete_volume(self, volume: typing.Any) -> None:
        self._delete(volume)

    def extend_volume(self, volume: typing.Any, new_size: int) -> None:
        sparse.grow(self._path(volume), new_size * units.Gi)

    def create_cloned_volume(
        self, volume: typing.Any, src_vref: typing.Any
    ) -> None:
        self._copy(src_vref, volume, volume.size)

    def create_volume_from_snapshot(
        self, volume: typing.Any, snapshot: typing.Any
    ) -> None:
        self._copy(snapshot, volume, volume.size)

    # Snapshots

    def create_snapshot(self, snapshot: typing.Any) -> None:
        self._copy(snapshot.volume, snapshot, snapshot.volume_size)

    def delete_snapshot(self, snapshot: typing.Any) -> None:
        self._delete(snapshot)

    def _copy(
        self, source: typing.Any, target: typing.Any, gigabytes: int
    ) -> None:
        sparse.copy(
            self._path(source), self._path(target), gigabytes * units.Gi
        )

    def _delete(self, named: typing.Any) -> None:
        try:
            os.unlink(self._path(named))
        except FileNotFoundError:
            # Cinder expects the deletion of a missing volume to succeed.
            pass

    # Connections

    def ensure_export(self, context: typing.Any, volume: typing.Any) -> None:
        """Do nothing: the file exists."""

    def create_export(
        self, context: typing.Any, volume: typing.Any, connector: typing.Any
    ) -> None:
        # Called before each connection. A restore that was interrupted by the
        # end of the process has left a truncated file.
        self._grow(volume)

    def remove_export(self, context: typing.Any, volume: typing.Any) -> None:
        """Do nothing."""

    def initialize_connection(
        self, volume: typing.Any, connector: typing.Any
    ) -> _Answer:
        return {
            'driver_volume_type': 'local',
            'data': {'device_path': self._path(volume)},
        }

    def terminate_connection(
        self, volume: typing.Any, connector: typing.Any, **kwargs: typing.Any
    ) -> None:
        # cinder-backup opens the target of a restore with mode 'wb'. A block
        # device keeps its size then; a file is truncated, and grows only to
        # the last byte that is not zero.
        self._grow(volume)

    def _grow(self, volume: typing.Any) -> None:
        sparse.grow(self._path(volume), volume.size * units.Gi)

    def create_export_snapshot(
        self, context: typing.Any, snapshot: typing.Any, connector: typing.Any
    ) -> None:
        """Do nothing: the file exists."""

    def remove_export_snapshot(
        self, context: typing.Any, snapshot: typing.Any
    ) -> None:
        """Do nothing."""

    def initialize_connection_snapshot(
        self, snapshot: typing.Any, connector: typing.Any, **kwargs: typing.Any
    ) -> _Answer:
        return {
            'driver_volume_type': 'local',
            'data': {'device_path': self._path(snapshot)},
        }

    def terminate_connection_snapshot(
        self, snapshot: typing.Any, connector: typing.Any, **kwargs: typing.Any
    ) -> None:
        """Do nothing: snapshots are only read."""
