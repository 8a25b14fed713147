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

"""The manager that cinder-backup runs with the plugin in place."""

import typing

from cinder.backup import manager
from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import endpoints

conf.register_opts(cfg.CONF)


class BackupManager(manager.BackupManager):
    """Cinder's backup manager with the plugin's RPC endpoints beside it.

    Takes the place of ``cinder.backup.manager.BackupManager`` by the option
    ``backup_manager``. Cinder's own RPC interface stays as it is, version
    and all: its version is what the other services pin theirs to.
    """

    def __init__(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        super().__init__(*args, **kwargs)
        self.additional_endpoints.extend(endpoints.load(self))
