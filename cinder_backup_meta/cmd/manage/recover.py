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

"""``cinder-backup-meta-manage recover``: recovery without an API."""

import argparse
from collections.abc import Iterator
import datetime
import typing

from cinder import objects as cinder_objects
from oslo_config import cfg
from oslo_utils import timeutils

from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.manage import terminal
from cinder_backup_meta.cmd.manage import zones
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta.record import results
from cinder_backup_meta.recovery import from_catalog
from cinder_backup_meta.worker import host

CONF = cfg.CONF

OPTIONS = objects.BackupRecordBatchOptions

_PAGE = 1000

_DESCRIPTION = """\
Bring back the backups that Cinder's database has lost and the catalog still \
has. The command works on the two databases and needs none of Cinder's \
services; run it on a host of cinder-backup, with its configuration. Backups \
that Cinder has are not changed, and running the command again is harmless."""


class SomeRefused(exception.BackupMetaException):
    """Some of the lost backups could not be brought back."""

    message = (
        '%(backups)s refused, with the reasons listed above: correct them and '
        'run the command again'
    )


def add_parser(subparsers: typing.Any) -> None:
    """Add the sub-command to a parser of argparse."""
    parser = subparsers.add_parser(
        'recover',
        help='bring back the backups that Cinder has lost',
        description=_DESCRIPTION,
    )
    add = parser.add_argument
    add(
        '--dry-run',
        action='store_true',
        help='show what would be done, and change nothing',
    )
    add('--project', metavar='ID', help='backups of this project only')
    add('--volume', metavar='ID', help='backups of this volume only')
    # ``name`` is that of the sub-command itself.
    add(
        '--name',
        dest='backup_name',
        metavar='NAME',
        help='backups with this name only',
    )
    add(
        '--id',
        action='append',
        metavar='BACKUP',
        help='this backup only; may be repeated',
    )
    for name, help_text in (
        ('--created-since', 'backups created at this time or later'),
        ('--created-before', 'backups created before this time'),
    ):
        add(name, type=_time, metavar='TIME', help=help_text)
    add(
        '--verify',
        choices=(OPTIONS.VERIFY_EXISTS, OPTIONS.VERIFY_NONE),
        help='whether to check that the backup repository holds the data '
        '(default: the option [backup_meta] verify)',
    )
    add(
        '--allow-missing-key',
        action='store_true',
        help='accept encryption keys that cannot be looked up; the key '
        'manager may require a token, which this command does not have',
    )
    add(
        '--ignore-unknown',
        action='store_true',
        help='recover records with keys that this release does not know '
        'without these keys',
    )
    zones.add_zone_map(parser)
    terminal.add_format(parser)
    parser.set_defaults(run=_recover)


def _time(text: str) -> datetime.datetime:
    try:
        return timeutils.parse_isotime(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            'it must be a date and time such as 2026-01-31T12:00:00Z'
        ) from None


def _recover(arguments: typing.Any) -> None:
    cinder_objects.register_all()
    zones.use_zone_map(arguments)
    total = results.empty() | {'over_quota': []}
    items: list[dict[str, typing.Any]] = []
    seen: set[str] = set()
    with (
        database.database() as context,
        host.Host.of_options(context, 'or recover through the API') as here,
        terminal.progress('backups') as bar,
    ):
        for page in _pages(context, here, arguments):
            fresh = _fresh(page.items, seen)
            results.add(total, results.summarize(fresh))
            total['over_quota'] = sorted(
                {*total['over_quota'], *page.over_quota}
            )
            items += fresh
            bar.update(len(fresh))
    if arguments.format == 'json':
        _print_json(arguments.dry_run, total, items)
    else:
        terminal.print_lines(_to_text(arguments.dry_run, total, items))
    if total['refused']:
        raise SomeRefused(backups=_backups(total['refused']))


def _fresh(
    items: list[dict[str, typing.Any]], seen: set[str]
) -> list[dict[str, typing.Any]]:
    """Return the items that no earlier page has had as ancestors."""
    fresh = [item for item in items if item['id'] not in seen]
    seen.update(item['id'] for item in fresh if item['ancestor'])
    return fresh


def _pages(
    context: typing.Any, here: host.Host, arguments: typing.Any
) -> Iterator[from_catalog.Page]:
    """Recover page by page, as the host that this is."""
    selection = objects.BackupRecordSelection.with_defaults(
        context,
        project_id=arguments.project,
        volume_id=arguments.volume,
        name=arguments.backup_name,
        backup_ids=arguments.id,
        created_since=arguments.created_since,
        created_before=arguments.created_before,
    )
    options = OPTIONS.with_defaults(
        context,
        verify=arguments.verify or CONF.backup_meta.verify,
        allow_missing_key=arguments.allow_missing_key,
        ignore_unknown=arguments.ignore_unknown,
        dry_run=arguments.dry_run,
    )
    marker = None
    while True:
        page = from_catalog.recover_page(
            context,
            selection,
            options,
            _PAGE,
            marker,
            here,
        )
        yield page
        marker = page.next_marker
        if marker is None:
            return


def _print_json(
    dry_run: bool, total: results.Summary, items: list[dict[str, typing.Any]]
) -> None:
    terminal.print_json(
        {
            'dry_run': dry_run,
            'summary': total,
            'backup_records': [results.typed(item) for item in items],
        }
    )


def _to_text(
    dry_run: bool, total: results.Summary, items: list[dict[str, typing.Any]]
) -> list[str]:
    lines = [
        f'{results.subject(item)}: {item["detail"]} [{item["reason"]}]'
        for item in items
        if item['result'] == 'refused'
    ]
    lines += [
        f'{item["id"]}: {item["note"]}' for item in items if item['note']
    ]
    lines += [
        f'project {project_id}: {_backups(numbers["backups"])}, '
        f'{numbers["gigabytes"]} GiB'
        for project_id, numbers in sorted(total['projects'].items())
    ]
    lines += [
        f'project {project_id} exceeds its quota: no more backups can be '
        'created in it until the quota is raised'
        for project_id in total['over_quota']
    ]
    lines.append(
        f'{"Would recover" if dry_run else "Recovered"}: '
        f'{_backups(total["created"])} ({total["chains"]} full), '
        f'{total["gigabytes"]} GiB. Refused: {total["refused"]}.'
    )
    return lines


def _backups(number: int) -> str:
    return terminal.count(number, 'backup')
