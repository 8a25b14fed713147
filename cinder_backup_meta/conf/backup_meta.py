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
Number of seconds after which cinder-api answers HTTP 503 to a request that no
cinder-backup host has carried out: the export or import of one record or of a
page of up to ``osapi_max_limit`` records, or a look into the catalog.

The first host is given two thirds of the time, so that another one can be
tried if it does not answer. This includes the time that the message broker
takes; if the broker is away, no host can be tried at all. A host does not
carry out a request whose time is over, no matter when it receives it.

If the repository responds slowly, import smaller pages. Increase the value if
the log of cinder-api says that a host did not answer in time although the host
was only slow; the timeouts of the client and of any proxy must then be longer,
too.

Possible values:

* An integer of 1 or more, in seconds

Related options:

* ``lookup_timeout``: How long a host waits for the repository.
* ``service_down_time``: A host that has stopped is still tried until this time
  has passed.
""",
    ),
    cfg.StrOpt(
        'verify',
        default='exists',
        choices=[
            ('exists', 'All objects of the backup must be in the repository'),
            ('none', 'The repository is not checked'),
        ],
        help="""
What an import checks in the backup repository before it creates the backup.

With ``exists``, a record is refused if data of the backup that it describes is
missing from the repository; the error says what is missing. With ``none``, a
record is imported without this check, and a restore of the backup may fail.
Use ``none`` while the repository itself is still being restored.

A request to this plugin's API can override the value. The stock command
``cinder backup-import`` cannot.
""",
    ),
    cfg.IntOpt(
        'clock_skew',
        default=300,
        min=0,
        help="""
Number of seconds by which a timestamp in a record may lie in the future.

A record is refused if its backup was created later than the present time plus
this value, by the clock of the host that reads the record: cinder-api for a
single record, cinder-backup for a page. Increase the value only to import
records of a cloud whose clock is known to be ahead. A recovery from the
catalog accepts any time, because the records are this cloud's own;
"cinder-backup-meta-manage check" reports backups whose times are further ahead
than this value.

Possible values:

* An integer of 0 or more, in seconds
""",
    ),
    cfg.ListOpt(
        'allowed_drivers',
        default=[],
        help="""
Third-party backup drivers whose records may be imported without any check of
where their data is.

The drivers that come with Cinder need not be listed. Records of any other
driver are refused, because the plugin cannot check them: a record might name
the data of another backup, which would then be read by a restore and lost by a
deletion; or its data might be missing. List a driver here only if you trust
the source of the records. Alternatively, ask the vendor of the driver for a
repository class (entry point group ``cinder_backup_meta.repositories``).

Possible values:

* A comma-separated list of class paths, as in ``backup_driver``

Related options:

* ``backup_driver``: The driver that the host uses.
""",
    ),
    cfg.DictOpt(
        'zone_map',
        default={},
        help="""
Availability zones that replace those of recovered backups.

A recovered backup belongs to the availability zone that its record names, and
Cinder restores and deletes it only on a cinder-backup in that zone. If no
cinder-backup is enabled there, the backup gets the zone of the host that
recovers it. Name another zone here if that is not where its data can be read.

Possible values:

* A comma-separated list of pairs OLD:NEW

Related options:

* ``storage_availability_zone``: The zone of a host.
* ``backup_use_same_host``: If it is true, a backup also needs its own host. If
  that is not there any more, a recovered backup gets another one in its zone.
""",
    ),
    cfg.IntOpt(
        'lookup_timeout',
        default=30,
        min=1,
        help="""
Number of seconds without any answer from the backup repository after which a
look into it is given up. The same holds for the key manager.

The records that were to be looked up are then refused with
``data_unreadable``, or ``key_manager_failed``, and are not imported later. The
thread that waits for the repository ends only when the repository answers,
which is never the case with some network file systems. At most half as many
requests as ``executor_thread_pool_size`` allows wait at a time, so that
backups and restores are not affected; further ones are refused at once.

Possible values:

* An integer of 1 or more, in seconds. It should be less than two thirds of
  ``rpc_timeout``, or cinder-api stops waiting first.

Related options:

* ``rpc_timeout``: How long cinder-api waits for the host.
* ``verify``: With ``none``, nothing is looked up.
""",
    ),
    cfg.IntOpt(
        'lookup_threads',
        default=8,
        min=1,
        max=64,
        help="""
Number of backups that one request looks up in the repository concurrently.

A larger value makes the import of many records faster if the repository
responds slowly. Each lookup needs a connection to the storage, and memory for
the names of the objects of one backup, about 200 bytes for each. The metadata
object of a backup is read as a stream with the drivers of Cinder; with others
it needs up to 64 MiB.

Possible values:

* An integer from 1 to 64

Related options:

* ``backup_s3_max_pool_connections``: The limit for the number of connections
  to S3.
* ``verify``: With ``none``, nothing is looked up.
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
