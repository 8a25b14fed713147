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

"""``cinder-backup-meta-manage repair``: rows that stock Cinder left behind."""

import datetime
import typing

from cinder_backup_meta.checker import counts
from cinder_backup_meta.checker import repair
from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.manage import terminal
from cinder_backup_meta.cmd.manage import zones
from cinder_backup_meta.db.cinder import quotas
from cinder_backup_meta import exception

_DESCRIPTION = """\
List the backups that imports by stock Cinder left in the status "creating", \
because a message to cinder-backup was lost or a record was invalid. With \
--counts, list the backups that have a wrong count of the incremental backups \
that depend on them; with --zones, those that Cinder cannot restore or \
delete, because nothing serves their availability zone. Nothing is changed \
without --apply."""


class LeftAlone(exception.BackupMetaException):
    """Some rows could not be removed this time."""

    message = (
        '%(rows)s left behind, because backups of the same projects were '
        'being created or deleted at the time: run the command again'
    )


def add_parser(subparsers: typing.Any) -> None:
    """Add the sub-command to a parser of argparse."""
    parser = subparsers.add_parser(
        'repair',
        help="list, or remove, what imports by stock Cinder left behind",
        description=_DESCRIPTION,
    )
    parser.add_argument(
        '--apply',
        action='store_true',
        help='remove the rows and return their quota to their projects',
    )
    parser.add_argument(
        '--counts',
        action='store_true',
        help='list, or correct, wrong counts of incremental backups instead',
    )
    parser.add_argument(
        '--zones',
        action='store_true',
        help='list, or move to the zone of this host, backups in availability '
        'zones without an enabled cinder-backup instead',
    )
    zones.add_zone_map(parser)
    parser.add_argument(
        '--older-than',
        type=terminal.at_least(1, 'number of seconds'),
        default=repair.OLDER_THAN,
        metavar='SECONDS',
        help='skip newer rows: their messages may still wait for '
        'cinder-backup (default: %(default)s)',
    )
    terminal.add_format(parser)
    parser.set_defaults(run=_repair)


def _repair(arguments: typing.Any) -> None:
    if arguments.counts:
        _repair_counts(arguments)
        return
    if arguments.zones:
        zones.repair(arguments)
        return
    action = repair.apply if arguments.apply else repair.look
    with database.database() as context:
        report = action(context, arguments.older_than)
    if arguments.format == 'json':
        terminal.print_json(_to_json(report))
    else:
        terminal.print_lines(_to_text(report))
    busy = sum(item.result is repair.Result.BUSY for item in report.items)
    if busy:
        raise LeftAlone(rows=terminal.count(busy, 'row'))


def _repair_counts(arguments: typing.Any) -> None:
    with database.database() as context:
        found = counts.find(context)
        if arguments.apply:
            found = counts.apply(context, found)
    if arguments.format == 'json':
        terminal.print_json(_counts_to_json(arguments.apply, found))
        return
    for one in found:
        terminal.print_lines(
            [f'{one.backup_id}: {one.counted}, expected {one.expected()}']
        )
    print(
        f'Counts {"corrected" if arguments.apply else "to correct"}: '
        f'{len(found)}.'
    )


def _counts_to_json(
    applied: bool, found: list[counts.Miscount]
) -> dict[str, typing.Any]:
    return {
        'applied': applied,
        'backups': [
            {
                'id': one.backup_id,
                'project_id': one.project_id,
                'counted': one.counted,
                'expected': one.expected(),
            }
            for one in found
        ],
    }


def _to_json(report: repair.Report) -> dict[str, typing.Any]:
    return {
        'applied': report.applied,
        'backups': [
            {
                'id': item.backup_id,
                'project_id': item.project_id,
                'user_id': item.user_id,
                'created_at': _time(item.created_at),
                'result': str(item.result),
            }
            for item in report.items
        ],
        'quota': report.given_back,
        'totals': report.totals(),
    }


def _time(when: datetime.datetime) -> str:
    return f'{when.isoformat(timespec="seconds")}Z'


def _to_text(report: repair.Report) -> list[str]:
    if not report.items:
        return ['Nothing was left behind.']
    lines = _to_table(report)
    results = {item.result for item in report.items}
    lines += [
        f'{result}: {text}'
        for result, text in repair.MEANING.items()
        if result in results
    ]
    totals = report.totals()
    lines.append(
        f'Rows {"removed" if report.applied else "found"}: {totals["rows"]}. '
        f'Quota {"returned" if report.applied else "to return"}: '
        f'{terminal.count(totals[quotas.BACKUPS], "backup")}, '
        f'{terminal.count(totals[quotas.GIGABYTES], "gigabyte")}.'
    )
    return lines


def _to_table(report: repair.Report) -> list[str]:
    return terminal.table(
        (
            (
                item.backup_id,
                item.project_id,
                item.created_at.isoformat(' ', 'seconds'),
                item.result,
            )
            for item in report.items
        ),
        ('backup', 'project', 'created at (UTC)', 'result'),
    )
