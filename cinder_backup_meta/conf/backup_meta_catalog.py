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
The SQLAlchemy connection string to the plugin's own database.

This database is separate from Cinder's database, so that the records of the
backups survive the loss of that one. Preferably use another server. Create the
database yourself, and its tables by ``cinder-backup-meta-manage db sync``.

Every host that runs cinder-api or cinder-backup must use the same database.
The default is a file, which is suitable only if all these services run on one
host. Otherwise, a host would not know which backups are retained by request to
another host, and would delete their data.

Possible values:

* A SQLAlchemy URL, for example
  ``mysql+pymysql://user:password@host/cinder_backup_meta?charset=utf8`` or
  ``postgresql+psycopg2://user:password@host/cinder_backup_meta``
""",
)

# The options of oslo.db that make sense for a database that is used rarely,
# and never while a service starts: none for replicas, which may not know yet
# that a backup is retained, and none for retries to reach the server.
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
            # The deprecated names are those of Cinder's options.
            ours.deprecated_opts = []
            options.append(ours)
    return options


#: The options for the connection to the database.
DATABASE_OPTS = [CONNECTION, *_of_oslo_db()]

#: The options for how long to wait for the database.
TIMEOUT_OPTS = [
    cfg.IntOpt(
        'connect_timeout',
        default=5,
        min=1,
        help="""
Number of seconds to wait for a connection to the server of the plugin's own
database.

A request that needs the database then answers HTTP 503, and the deletion of a
backup becomes ``error_deleting``, instead of waiting for a server that accepts
connections and never answers. It has no effect on SQLite, nor if the
parameters of ``connection`` already contain a timeout of this kind.

Possible values:

* An integer of 1 or more, in seconds

Related options:

* ``statement_timeout``: How long to wait for an answer after that.
* ``pool_timeout``: How long to wait if too many connections are in use.
""",
    ),
    cfg.IntOpt(
        'statement_timeout',
        default=20,
        min=0,
        help="""
Number of seconds to wait for the answer to one statement to the plugin's own
database.

The connection is then closed, and with MariaDB, MySQL and PostgreSQL the
server is told to stop working on such a statement. Requests fail as described
under ``connect_timeout``; the capture of records is tried again later. The
status of the catalog reads 10,000 records with one statement; everything else
takes far less time on a server that is well. ``cinder-backup-meta-manage db
sync`` has no such limit.

Possible values:

* An integer of 1 or more, in seconds. It should be well below ``[backup_meta]
  rpc_timeout``.
* 0: There is no limit. A database that does not answer then keeps deletions
  and requests waiting for as long.

Related options:

* ``connection``: Parameters of the driver in it, such as ``read_timeout``,
  have precedence.
""",
    ),
]

#: The options for capturing records.
CAPTURE_OPTS = [
    cfg.BoolOpt(
        'capture',
        default=True,
        help="""
Capture the record of every backup in the plugin's own database.

cinder-backup captures a record immediately after an operation on the backup,
and periodically compares Cinder's database with the plugin's own. If the
plugin's database is unavailable, backups neither fail nor wait, and their
records are captured later. Without the records, only backups that were
exported in time can be recovered after the loss of Cinder's database.

Possible values:

* True
* False: This host captures no records.

Related options:

* ``connection``: The database. No records are captured before
  ``cinder-backup-meta-manage db sync`` has created its tables.
* ``capture_interval``, ``comparison_interval``: How often cinder-backup looks
  for changes.
""",
    ),
    cfg.IntOpt(
        'capture_interval',
        default=60,
        min=0,
        help="""
Number of seconds between two searches for changed backups in Cinder's
database.

Changes by cinder-backup are captured immediately. Changes by other services,
for example a new name or new metadata, which cinder-api writes directly, are
captured after about this time. One host searches on behalf of all; if it
fails, another host takes over.

Possible values:

* An integer of 1 or more, in seconds
* 0: Changes by other services are not searched for.

Related options:

* ``[DEFAULT] periodic_interval``: The shortest possible interval.
* ``capture_overlap``: How far back each search goes.
* ``comparison_interval``: How often all backups are compared.
""",
    ),
    cfg.IntOpt(
        'capture_overlap',
        default=300,
        min=1,
        help="""
Number of seconds by which each search for changed backups overlaps with the
one before.

A change is found by the time that Cinder stores with it. That time comes from
the clock of the host that made the change, and is taken before the change is
committed. The value should exceed the largest difference between the clocks of
the hosts that run cinder-api and cinder-backup, plus the duration of Cinder's
longest transaction. A change that is missed nevertheless is found by the next
comparison of all backups.

Possible values:

* An integer of 1 or more, in seconds

Related options:

* ``capture_interval``: How often changes are searched for.
* ``comparison_interval``: How often all backups are compared.
""",
    ),
    cfg.IntOpt(
        'comparison_interval',
        default=3600,
        min=0,
        help="""
Number of seconds between two comparisons of all records with Cinder's
database.

Only a comparison finds a backup that is no longer in Cinder's database
although it was not deleted; its record is kept and marked as missing. The
comparison also finds changes that were missed, and purges the records
of backups that were deleted long ago. A comparison is also made soon after
cinder-backup has started. One host compares on behalf of all. For 100,000
backups, it uses about ten seconds of processor time.

Possible values:

* An integer of 1 or more, in seconds
* 0: No comparisons are made. The first search for changes captures all
  backups.

Related options:

* ``capture_interval``: How often changes are searched for.
* ``deleted_retention``: How long the records of deleted backups are kept.
""",
    ),
    cfg.IntOpt(
        'deleted_retention',
        default=30,
        min=0,
        help="""
Number of days for which the record of a deleted backup is kept.

This applies only to backups that are marked as deleted in Cinder's database.
The record of a backup that is missing from that database is never purged.

Possible values:

* An integer of 0 or more, in days. With 0, the record is kept until the next
  comparison.

Related options:

* ``comparison_interval``: With 0, the records of deleted backups are never
  purged.
""",
    ),
]

OPTS = [*DATABASE_OPTS, *TIMEOUT_OPTS, *CAPTURE_OPTS]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group and its options."""
    conf.register_group(GROUP)
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group's name with its options."""
    return [(GROUP.name, OPTS)]
