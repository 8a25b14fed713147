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

"""``cinder-backup-meta-manage check``: compare the sources of backups."""

import typing

from cinder import objects as cinder_objects

from cinder_backup_meta.checker import checks
from cinder_backup_meta.checker import findings
from cinder_backup_meta.checker import repair
from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.manage import terminal
from cinder_backup_meta import exception
from cinder_backup_meta.repositories import drivers

#: The exit status if a difference is found.
DIFFERENT = 3

_DESCRIPTION = """\
Compare the catalog, Cinder's rows of backups, the quota for backups and the \
backup repository with each other. Nothing is written. Run the command on a \
host of cinder-backup, with its configuration. The exit status is 0 if they \
agree, 3 if there is a difference, and 1 if something could not be compared."""


class NotCompared(exception.BackupMetaException):
    """Something could not be compared."""

    message = 'not everything could be compared: %(detail)s'


def add_parser(subparsers: typing.Any) -> None:
    """Add the sub-command to a parser of argparse."""
    parser = subparsers.add_parser(
        'check',
        help='compare catalog, backups, quota and repository',
        description=_DESCRIPTION,
    )
    add = parser.add_argument
    number = terminal.at_least(0, 'number')
    add(
        '--only',
        action='append',
        choices=checks.COMPARISONS,
        help='compare this only; may be repeated',
    )
    add(
        '--skip-repository',
        action='store_true',
        help='do not read the backup repository',
    )
    add(
        '--limit',
        type=number,
        default=20,
        metavar='NUMBER',
        help='how many findings of each kind to list (default: %(default)s); '
        'all of them are counted',
    )
    add(
        '--older-than',
        type=number,
        default=repair.OLDER_THAN,
        metavar='SECONDS',
        help='treat unfinished imports and reservations of this age as left '
        'behind by a process that died (default: %(default)s)',
    )
    terminal.add_format(parser)
    parser.set_defaults(run=_check)


def _check(arguments: typing.Any) -> int:
    cinder_objects.register_all()
    comparisons = set(arguments.only or checks.COMPARISONS)
    if arguments.skip_repository:
        comparisons.discard(checks.REPOSITORY)
    with (
        database.database() as context,
        drivers.of_options('or with --skip-repository') as found,
    ):
        report = checks.check(
            context,
            found,
            comparisons,
            arguments.limit,
            arguments.older_than,
        )
    if arguments.format == 'json':
        terminal.print_json(_to_json(report, comparisons))
    else:
        terminal.print_lines(_to_text(report, comparisons))
    if not report.is_whole():
        raise NotCompared(detail=_reasons(report))
    return DIFFERENT if report.differ() else 0


def _reasons(report: findings.Report) -> str:
    reasons = [f'{name}: {why}' for name, why in report.failed.items()]
    reasons += [
        f'{code} ({report.found[code]})'
        for code in report.codes()
        if code in findings.UNKNOWN and report.found[code]
    ]
    return '; '.join(reasons)


def _verdict(report: findings.Report) -> str:
    if report.differ():
        return 'different'
    return 'agree' if report.is_whole() else 'unknown'


def _in_order(comparisons: set[str]) -> list[str]:
    return [name for name in checks.COMPARISONS if name in comparisons]


def _to_json(
    report: findings.Report, comparisons: set[str]
) -> dict[str, typing.Any]:
    return {
        'verdict': _verdict(report),
        'comparisons': _in_order(comparisons),
        'not_compared': report.failed,
        'compared': dict(report.compared),
        'differences': sum(report.found.values()),
        'in_motion': sum(report.moving.values()),
        'findings': [
            {
                'code': str(code),
                'differences': report.found[code],
                'in_motion': report.moving[code],
                'not_listed': report.number(code) - len(report.kept[code]),
                'advice': findings.ADVICE[code],
                'items': [
                    {
                        'backup_id': item.backup_id,
                        'project_id': item.project_id,
                        'in_motion': item.moving,
                        'detail': item.detail,
                    }
                    for item in report.kept[code]
                ],
            }
            for code in report.codes()
        ],
    }


def _to_text(report: findings.Report, comparisons: set[str]) -> list[str]:
    lines = []
    for code in report.codes():
        lines.append(
            f'{code}: {report.number(code)}{_of_which(report, code)}; '
            f'{findings.ADVICE[code]}'
        )
        lines += [f'  {_to_line(item)}' for item in report.kept[code]]
        if more := report.number(code) - len(report.kept[code]):
            lines.append(f'  and {more} more')
    lines += [f'{name}: not compared' for name in report.failed]
    numbers = ', '.join(
        f'{number} {name.replace("_", " ")}'
        for name, number in report.compared.items()
    )
    lines.append(
        f'Compared: {", ".join(_in_order(comparisons))}'
        f'{f" ({numbers})" if numbers else ""}. '
        f'Differences: {sum(report.found.values())}. In motion or not '
        f'comparable: {sum(report.moving.values())}.'
    )
    return lines


def _of_which(report: findings.Report, code: findings.Code) -> str:
    if code in findings.NOTES or not report.moving[code]:
        return ''
    return f' ({report.moving[code]} in motion)'


def _to_line(item: findings.Finding) -> str:
    subject = (
        f'backup {item.backup_id}'
        if item.backup_id
        else f'project {item.project_id}'
        if item.project_id
        else '-'
    )
    motion = ' (in motion)' if item.moving else ''
    return f'{subject}{motion}: {item.detail}'
