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

"""The backup storage, seen through Cinder's backup driver.

A repository says whether a record may point where it does, and whether the
data of a backup is there. Each family of drivers has one: a class that is
constructed with the driver and named by an entry point in the group
``cinder_backup_meta.repositories``, whose name is the driver's class path.
Somebody else's driver gets one in the same way.
"""

import typing

from oslo_config import cfg
from oslo_log import log as logging
import stevedore

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import unknown

LOG = logging.getLogger(__name__)

ENTRY_POINTS = 'cinder_backup_meta.repositories'

conf.register_opts(cfg.CONF)


def load(driver: typing.Any, class_path: str) -> base.Repository:
    """Return the repository behind a backup driver.

    :param driver: an instance of the driver, as ``BackupManager.service``
        makes it; its connection and its options are used
    :param class_path: the driver's class path, as in ``backup_driver``
    :returns: that of the driver's family; one that can't look at its data,
        if nobody knows the driver and the operator allows it
    :raises Refused: with DRIVER_UNKNOWN
    """
    name = drivers.renamed(class_path)
    known = stevedore.NamedExtensionManager(
        ENTRY_POINTS,
        names=[name],
        invoke_on_load=True,
        invoke_args=(driver,),
        on_load_failure_callback=_report_failure,
        warn_on_missing_entrypoint=False,
    )
    for extension in known:
        return typing.cast(base.Repository, extension.obj)
    if {class_path, name} & set(cfg.CONF.backup_meta.allowed_drivers):
        return unknown.UnknownRepository(driver)
    raise exception.Refused(
        reasons.Reason.DRIVER_UNKNOWN,
        f'where the backup driver {name} keeps its backups is not known, so '
        'a record of it can not be checked; if records of it are to be '
        'imported nevertheless, add it to the option allowed_drivers of the '
        'group backup_meta in cinder.conf',
    )


def _report_failure(
    extensions: typing.Any, entry_point: typing.Any, error: BaseException
) -> None:
    LOG.error(
        'The repository of the backup driver %(name)s (%(value)s) can not be '
        'loaded and the driver is taken as unknown: %(error)s',
        {
            'name': entry_point.name,
            'value': entry_point.value,
            'error': error,
        },
    )
