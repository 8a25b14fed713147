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
one record before it turns to the next host.

The work of the host is a few statements in the database. Raise the value if
the log of cinder-api says that a host did not answer in time although the host
was only slow; the client's own timeout must then be larger too.

Possible values:

* a number of seconds, 1 or more

Related options:

* ``service_down_time``: a host that has stopped is asked in vain until this
  time is over
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
]


def register_opts(conf: cfg.ConfigOpts) -> None:
    """Register the group and its options."""
    conf.register_group(GROUP)
    conf.register_opts(OPTS, group=GROUP)


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """Return the group's name with its options."""
    return [(GROUP.name, OPTS)]
