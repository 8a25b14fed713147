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


#: What says how the database is reached.
DATABASE_OPTS = [CONNECTION, *_of_oslo_db()]

#: What says how it is kept level with Cinder's.
CAPTURE_OPTS = [
    cfg.BoolOpt(
        'capture',
        default=True,
        help="""
Keep the record of every backup in the plugin's own database.

cinder-backup does that by itself: at once when it has finished with a backup,
and by comparing Cinder's database with its own at intervals. A database that
can't be reached fails or delays no backup; what was missed meanwhile is made
up for. Without the records, only what was exported in time can be brought back
after the loss of Cinder's database.

Possible values:

* true
* false: this host captures nothing

Related options:

* ``connection``: the database; nothing is captured before its tables are made
  by ``cinder-backup-meta-manage db sync``
* ``capture_interval``, ``comparison_interval``: how often it is looked what
  has changed
""",
    ),
    cfg.IntOpt(
        'capture_interval',
        default=60,
        min=0,
        help="""
Seconds between two looks at which backups have changed in Cinder's database.

What cinder-backup does to a backup is captured at once. What others do, such
as a new name or new metadata, which cinder-api writes by itself, is captured
about this much later. The hosts share this work: one of them looks for all,
and another one goes on when that one dies.

Possible values:

* a number of seconds
* 0: it is never looked what others have changed

Related options:

* ``[DEFAULT] periodic_interval``: it is not looked more often than that
* ``capture_overlap``: how far back it is looked
* ``comparison_interval``: when everything is looked at
""",
    ),
    cfg.IntOpt(
        'capture_overlap',
        default=300,
        min=1,
        help="""
Seconds that each look at what has changed goes back behind the one before.

A change is found by the time that Cinder has noted for it. That time is taken
from the clock of whichever host made the change, before the change was there
for others to see. Make the value larger than what the clocks of the hosts of
cinder-api and cinder-backup differ by, with the longest that a transaction of
Cinder's takes. A change that is missed all the same is found by the next
comparison of everything.

Possible values:

* a number of seconds, 1 or more

Related options:

* ``capture_interval``
* ``comparison_interval``
""",
    ),
    cfg.IntOpt(
        'comparison_interval',
        default=3600,
        min=0,
        help="""
Seconds between two comparisons of all records with Cinder's database.

Only a comparison finds that a backup is no longer in Cinder's database
although nobody has deleted it; its record is kept and marked as missing. It
also finds whatever else was missed, and lets go of the records of backups that
were deleted long ago. One comparison is made soon after the start of
cinder-backup. The hosts share this work. 100,000 backups keep a processor busy
for about ten seconds.

Possible values:

* a number of seconds
* 0: only what changes is captured; the first time, that is everything

Related options:

* ``capture_interval``
* ``deleted_retention``: how long the records of deleted backups are kept
""",
    ),
    cfg.IntOpt(
        'deleted_retention',
        default=30,
        min=0,
        help="""
Days for which the record of a backup is kept after the backup was deleted.

Only a deletion that Cinder itself has noted counts. The record of a backup
that is just not there any more is kept for ever.

Possible values:

* a number of days
* 0: until the next comparison

Related options:

* ``comparison_interval``: with 0 the records of deleted backups are kept for
  ever
""",
    ),
]

OPTS = [*DATABASE_OPTS, *CAPTURE_OPTS]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group and its options."""
    conf.register_group(GROUP)
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group's name with its options."""
    return [(GROUP.name, OPTS)]
