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

"""Loading the repository of a backup driver.

A driver without a repository is refused unless the operator allows it.
"""

import typing

from oslo_config import cfg
import stevedore

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import unknown

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

#: The group of entry points; the name of each is a driver's class path.
ENTRY_POINTS = 'cinder_backup_meta.repositories'

conf.register_opts(CONF)


def load(found: drivers.Instances, context: typing.Any) -> base.Repository:
    """Return the repository of a backup driver.

    No driver is built: the repository asks for one when it needs one.

    :param found: the instances of the driver
    :param context: the context of the request that the repository is for
    :returns: an :class:`.unknown.UnknownRepository` if no entry point is
        known for the driver and the option ``allowed_drivers`` has it
    :raises Refused: with DRIVER_UNKNOWN if the option does not have it
    """
    class_path = found.service
    name = drivers.renamed(class_path)
    known = stevedore.NamedExtensionManager(
        ENTRY_POINTS,
        names=[name],
        invoke_on_load=True,
        invoke_args=(found, context),
        on_load_failure_callback=_report_failure,
        warn_on_missing_entrypoint=False,
    )
    for extension in known:
        return typing.cast(base.Repository, extension.obj)
    if {class_path, name} & set(CONF.backup_meta.allowed_drivers):
        return unknown.UnknownRepository(found, context)
    raise exception.Refused(
        reasons.Reason.DRIVER_UNKNOWN,
        f'the plugin does not know where the backup driver {name} stores its '
        'backups and cannot check records of this driver; to import such '
        'records nevertheless, add the driver to the option allowed_drivers '
        'in the [backup_meta] section of cinder.conf',
    )


def _report_failure(
    extensions: typing.Any, entry_point: typing.Any, error: BaseException
) -> None:
    LOG.error(
        'The repository of the backup driver %(name)s (%(value)s) cannot be '
        'loaded; the driver is treated as unknown: %(error)s',
        {
            'name': entry_point.name,
            'value': entry_point.value,
            'error': error,
        },
    )
