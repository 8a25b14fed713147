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

"""``repair --zones``, and the map of zones of several sub-commands."""

import argparse
import typing

from oslo_config import cfg

from cinder_backup_meta.checker import zones
from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.manage import terminal
from cinder_backup_meta import conf

CONF = cfg.CONF
conf.register_opts(CONF)


def add_zone_map(parser: typing.Any) -> None:
    """Add the option ``--zone-map`` to a parser of argparse."""
    parser.add_argument(
        '--zone-map',
        action='append',
        type=_pair,
        metavar='OLD=NEW',
        help='put backups of one availability zone into another; may be '
        'repeated (default: the option [backup_meta] zone_map)',
    )


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition('=')
    if not (old and equals and new):
        raise argparse.ArgumentTypeError('it must have the form OLD=NEW')
    return old, new


def use_zone_map(arguments: typing.Any) -> None:
    """Override the zone map of cinder.conf by the option ``--zone-map``."""
    if arguments.zone_map:
        CONF.set_override(
            'zone_map', dict(arguments.zone_map), group='backup_meta'
        )


def repair(arguments: typing.Any) -> None:
    """List backups that nothing serves, or move them."""
    use_zone_map(arguments)
    with database.database() as context:
        found = zones.plan(context)
        moved = zones.apply(context, found) if arguments.apply else []
    if arguments.format == 'json':
        terminal.print_json(_to_json(arguments.apply, found, moved))
        return
    terminal.print_lines(_to_line(one) for one in found)
    number = len(moved)
    if not arguments.apply:
        number = sum(one.place is not None for one in found)
    verb = 'moved' if arguments.apply else 'to move'
    terminal.print_lines(
        [f'Backups {verb}: {number}. Left: {len(found) - number}.']
    )


def _to_line(one: zones.Unserved) -> str:
    return (
        f'{one.backup_id}: zone {one.zone}, host {one.host}: '
        f'{"-> " if one.place else ""}{one.detail}'
    )


def _to_json(
    applied: bool, found: list[zones.Unserved], moved: list[zones.Unserved]
) -> dict[str, typing.Any]:
    done = {one.backup_id for one in moved}
    return {
        'applied': applied,
        'backups': [
            {
                'id': one.backup_id,
                'project_id': one.project_id,
                'availability_zone': one.zone,
                'host': one.host,
                'new_availability_zone': one.place and one.place.zone,
                'new_host': one.place and one.place.host,
                'moved': one.backup_id in done,
                'detail': one.detail,
            }
            for one in found
        ],
    }
