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

"""Where Cinder's NFS and GlusterFS drivers mount their share.

The drivers themselves know it only after they have mounted it.
"""

import os
import typing

from cinder.backup.drivers import nfs
from os_brick.remotefs import remotefs
from oslo_config import cfg
from oslo_utils import importutils

from cinder_backup_meta import exception

CONF = cfg.CONF

# Cinder has announced the removal of this one.
_glusterfs = importutils.try_import('cinder.backup.drivers.glusterfs')


class OtherGroup(exception.BackupMetaException):
    """The process would take a share away from cinder-backup."""

    message = (
        '%(folder)s belongs to the group %(theirs)s and the command runs with '
        'the group %(own)s, to which the driver would change all backups'
    )


def folder(driver_class: typing.Any) -> str | None:
    """Return the folder that a driver mounts its share at.

    It is computed from the options; nothing is mounted.

    :returns: None if the driver mounts nothing, or no share is configured
    """
    if issubclass(driver_class, nfs.NFSBackupDriver):
        kind, share = 'nfs', CONF.backup_share
        base = CONF.backup_mount_point_base
    elif _glusterfs and issubclass(
        driver_class, _glusterfs.GlusterfsBackupDriver
    ):
        kind, share = 'glusterfs', CONF.glusterfs_backup_share
        base = CONF.glusterfs_backup_mount_point
    else:
        return None
    if not share:
        return None
    client = remotefs.RemoteFsClient(
        kind, '', **{f'{kind}_mount_point_base': base}
    )
    return typing.cast(str, client.get_mount_point(share))


def check_group(driver_class: typing.Any) -> None:
    """Raise OtherGroup if a driver would change the group of all backups.

    Both drivers give the share to the group of the process that they are in,
    which is that of cinder-backup everywhere but in a command.
    """
    path = folder(driver_class)
    if path is None or not os.path.isdir(path):
        return
    theirs, own = os.stat(path).st_gid, os.getegid()
    if theirs != own:
        raise OtherGroup(folder=path, theirs=theirs, own=own)
