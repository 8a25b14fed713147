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

"""Options of the group ``[backup_meta]``."""

from oslo_config import cfg

GROUP = cfg.OptGroup(
    'backup_meta',
    title='Export and import of backup records',
)

OPTS = [
    cfg.IntOpt(
        'rpc_timeout',
        default=60,
        min=1,
        help="""
Seconds that cinder-api waits for one cinder-backup host to export or import
one record, or a page of up to ``osapi_max_limit`` records, before it turns to
the next host.

The work of the host is a look into the backup repository and a few statements
in the database. Of a page, each record is looked for; where the repository
answers slowly, import smaller pages. Raise the value if the log of cinder-api
says that a host did not answer in time although the host was only slow; the
client's own timeout must then be larger too.

Possible values:

* a number of seconds, 1 or more

Related options:

* ``service_down_time``: a host that has stopped is asked in vain until this
  time is over
""",
    ),
    cfg.StrOpt(
        'verify',
        default='exists',
        choices=[
            ('exists', 'all objects of the backup are in the repository'),
            ('none', 'the repository is not looked at'),
        ],
        help="""
How far an import looks into the backup repository before it makes the backup.

With ``exists`` a record is refused, with what is missing, if the repository
does not hold the backup that it describes. With ``none`` a record is imported
whatever the repository holds, and a restore may fail; use it while the
repository is itself still being restored.

A request can ask otherwise for itself; the stock call ``cinder
backup-import`` can't.
""",
    ),
    cfg.IntOpt(
        'clock_skew',
        default=300,
        min=0,
        help="""
Seconds by which a timestamp in a record may lie in the future.

A record is refused if it says that the backup was made later than now, by the
clock of the cinder-api that reads it. Raise the value only to import records
of a cloud whose clock is known to be ahead.

Possible values:

* a number of seconds, 0 or more
""",
    ),
    cfg.ListOpt(
        'allowed_drivers',
        default=[],
        help="""
Backup drivers whose records may be imported although nothing is known of where
they keep their backups.

The drivers that come with Cinder need not be named. A record of another driver
is refused: nobody can tell whether it names the data of some other backup,
which would be read at its restore and lost at its deletion, nor whether its
data is there. Name a driver here only if you trust whoever wrote the records,
or ask its vendor for a plugin in ``cinder_backup_meta.repositories``.

Possible values:

* a comma-separated list of class paths, as in ``backup_driver``

Related options:

* ``backup_driver``: the driver that the host uses
""",
    ),
    cfg.IntOpt(
        'lookup_threads',
        default=8,
        min=1,
        max=64,
        help="""
Number of backups that one request looks for in the repository at a time.

More of them make the import of many records faster where the repository
answers slowly. Each takes a connection to the storage, and memory for the
metadata object of one backup: some 350 bytes for each object that the backup
has, and at most 64 MiB before it is read.

Possible values:

* a number from 1 to 64

Related options:

* ``backup_s3_max_pool_connections``: with S3 no more connections than this are
  used
* ``verify``: with ``none`` nothing is looked for
""",
    ),
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group and its options."""
    conf.register_group(GROUP)
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group's name with its options."""
    return [(GROUP.name, OPTS)]
