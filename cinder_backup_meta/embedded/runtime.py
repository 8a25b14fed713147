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

"""The preparation of this process, as the commands of Cinder do in main().

Importing this module imports Cinder, and must come after
:func:`cinder_backup_meta.host_service.prepare_services`.
"""

import logging as python_logging
import typing

from cinder.common import config as cinder_config
from cinder import coordination
from cinder.db import migration
from cinder import i18n
from cinder import objects
from cinder import policy
from cinder import privsep
from cinder import rpc
from cinder import version
import os_brick
from os_brick import privileged
from oslo_config import cfg
from oslo_log import log as logging
from oslo_privsep import priv_context
from oslo_service import wsgi

from cinder_backup_meta import conf
from cinder_backup_meta.db.catalog import migration as catalog_migration
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import sqlite

CONF = cfg.CONF


def configure(files: typing.Sequence[str]) -> None:
    """Read the configuration files and set up logging."""
    i18n.enable_lazy()
    objects.register_all()
    arguments = [f'--config-file={name}' for name in files]
    # No defaults: the configuration of a cloud in /etc/cinder is ignored.
    CONF(
        arguments,
        project='cinder',
        version=version.version_string(),
        default_config_files=[],
        default_config_dirs=[],
    )
    logging.setup(CONF, 'cinder')
    python_logging.captureWarnings(True)
    cinder_config.set_middleware_defaults()


def _run_unprivileged() -> None:
    # Otherwise each would start a helper process with sudo. Operations that
    # really need root fail; none of them is used here.
    for module in (privsep, privileged):
        for value in vars(module).values():
            if isinstance(value, priv_context.PrivContext):
                value.set_client_mode(False)


def prepare() -> None:
    """Prepare database, messages, locks and policies for the services."""
    os_brick.setup(CONF)
    _run_unprivileged()
    sqlite.tune(models.get_engine())
    sqlite.use_write_ahead_log(models.get_engine())
    migration.db_sync()
    coordination.COORDINATOR.start()
    rpc.init(CONF)
    # Otherwise the first requests, possibly several at once, would do it.
    policy.init()


def prepare_plugin() -> None:
    """Create the tables of the plugin's own database."""
    conf.register_opts(CONF)
    catalog_migration.upgrade()


def load_api() -> typing.Any:
    """Return cinder-api's WSGI application."""
    return wsgi.Loader(CONF).load_app('osapi_volume')


def release() -> None:
    """Release what :func:`prepare` took."""
    coordination.COORDINATOR.stop()
    rpc.cleanup()
