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

"""The plugin's options: the only place where they are declared."""

import itertools

from oslo_config import cfg

from cinder_backup_meta.conf import backup_meta
from cinder_backup_meta.conf import backup_meta_catalog


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register every option of the plugin with ``conf``."""
    backup_meta.register_opts(conf)
    backup_meta_catalog.register_opts(conf)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the options by group, for the sample generator."""
    return list(
        itertools.chain(
            backup_meta.list_opts(),
            backup_meta_catalog.list_opts(),
        )
    )
