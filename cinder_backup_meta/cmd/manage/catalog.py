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

"""``cinder-backup-meta-manage catalog``: the records of all backups."""

import typing

from cinder import objects as cinder_objects
from oslo_utils import timeutils

from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import status
from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.manage import terminal
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import drivers

_STATUS = """\
Show how many records the catalog has, and how far it is behind Cinder's \
database."""

_SYNC = """\
Capture the backups that have changed since the last capture; the first \
capture includes all backups. cinder-backup does the same periodically. The \
command does not need any service to run, and is safe to use while services \
run."""


def add_parser(subparsers: typing.Any) -> None:
    """Add the sub-commands to a parser of argparse."""
    parser = subparsers.add_parser(
        'catalog', help='the records of all backups'
    )
    actions = parser.add_subparsers(
        dest='action', required=True, metavar='ACTION'
    )
    shown = actions.add_parser(
        'status', help='show how far it is behind', description=_STATUS
    )
    terminal.add_format(shown)
    shown.set_defaults(run=_status)
    sync = actions.add_parser(
        'sync', help='capture what has changed', description=_SYNC
    )
    sync.add_argument(
        '--full',
        action='store_true',
        help='compare all backups, as is done every comparison_interval',
    )
    sync.set_defaults(run=_sync)


def _status(arguments: typing.Any) -> None:
    with database.database() as context:
        values = _values(status.get(context))
    if arguments.format == 'json':
        terminal.print_json(values)
    else:
        terminal.print_lines(terminal.table(values.items()))


def _values(
    found: objects.BackupRecordCatalogStatus,
) -> dict[str, typing.Any]:
    """Return the values, with the names of the REST call for the status."""
    seconds = found.oldest_behind_seconds
    return {
        'behind': found.behind,
        'oldest_behind_seconds': None if seconds is None else round(seconds),
        'current': found.current,
        'missing': found.missing,
        'deleted': found.deleted,
        'last_capture_at': _time(found.last_capture_at),
        'last_comparison_at': _time(found.last_comparison_at),
    }


def _time(when: typing.Any) -> str | None:
    if when is None:
        return None
    return f'{timeutils.normalize_time(when).isoformat(timespec="seconds")}Z'


def _sync(arguments: typing.Any) -> None:
    cinder_objects.register_all()
    action = passes.compare_all if arguments.full else passes.capture_changed
    with (
        database.database() as context,
        drivers.of_options('or let cinder-backup capture them') as found,
    ):
        migration.want_records()
        changed = action(context, records.Maker(found))
    print(f'Records that were captured or marked: {changed}.')
