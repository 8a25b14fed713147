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

"""The backup driver of the host that a sub-command runs on."""

import typing

from oslo_config import cfg
from oslo_utils import importutils

from cinder_backup_meta import exception
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading

CONF = cfg.CONF


class DriverUnusable(exception.BackupMetaException):
    """The backup driver can't be made."""

    message = (
        'the backup driver %(driver)s can not be started here (%(detail)s): '
        'run the command on a host of cinder-backup, %(otherwise)s'
    )


def name() -> str:
    """Return its class path."""
    return drivers.renamed(CONF.backup_driver)


def make(context: typing.Any, otherwise: str) -> typing.Any:
    """Return the driver.

    :param otherwise: what else can be done, in words
    :raises DriverUnusable: it can't be made
    """
    try:
        return importutils.import_class(name())(context)
    except Exception as error:
        # The driver is anybody's code and any of its errors means the same.
        raise DriverUnusable(
            driver=name(), detail=error, otherwise=otherwise
        ) from error


def repository(
    context: typing.Any, otherwise: str
) -> tuple[base.Repository, str]:
    """Return the repository behind it, and its class path.

    :raises DriverUnusable: it can't be made
    :raises Refused: nobody knows where it keeps its backups
    """
    return loading.load(make(context, otherwise), name()), name()
