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

"""Options of the group ``[backup_meta_catalog]``: the plugin's database."""

import copy

from oslo_config import cfg
from oslo_db import options as db_options

GROUP = cfg.OptGroup(
    'backup_meta_catalog',
    title="The plugin's own database",
)

CONNECTION = cfg.StrOpt(
    'connection',
    default='sqlite:///$state_path/cinder_backup_meta.sqlite',
    secret=True,
    help="""
Where the plugin's own database is, as SQLAlchemy writes it.

It is kept apart from Cinder's database, so that what it says of the backups
outlives the loss of that one: best on another server. The database itself is
made by its administrator, its tables by ``cinder-backup-meta-manage db sync``.

Every host that runs cinder-api or cinder-backup must reach the same database.
The default is a file and therefore only right where all of them run on one
host: elsewhere a host would not know which backups another host retains, and
would delete their data.

Possible values:

* a URL of SQLAlchemy, such as
  ``mysql+pymysql://user:password@host/cinder_backup_meta?charset=utf8`` or
  ``postgresql+psycopg2://user:password@host/cinder_backup_meta``
""",
)

# Of oslo.db's options those that hold for a database that is asked seldom, and
# never during the start of a service: no replicas, which may not know yet that
# a backup is retained, and no waiting for the server.
_OF_OSLO_DB = (
    'connection_parameters',
    'connection_recycle_time',
    'max_pool_size',
    'max_overflow',
    'pool_timeout',
    'mysql_sql_mode',
    'mysql_wsrep_sync_wait',
    'sqlite_synchronous',
    'connection_debug',
    'connection_trace',
)


def _of_oslo_db() -> list[cfg.Opt]:
    options = []
    for option in db_options.database_opts:
        if option.name in _OF_OSLO_DB:
            ours = copy.copy(option)
            # The old names of Cinder's options are no names of ours.
            ours.deprecated_opts = []
            options.append(ours)
    return options


OPTS = [CONNECTION, *_of_oslo_db()]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group and its options."""
    conf.register_group(GROUP)
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group's name with its options."""
    return [(GROUP.name, OPTS)]
