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

"""``cinder-backup-meta-manage db``: the plugin's own database."""

import typing

from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.cmd import database
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta import quoting
from cinder_backup_meta.retention import presence

CONF = cfg.CONF


def add_parser(subparsers: typing.Any) -> None:
    """Add the sub-commands to a parser of argparse."""
    parser = subparsers.add_parser('db', help="the plugin's own database")
    actions = parser.add_subparsers(
        dest='action', required=True, metavar='ACTION'
    )
    sync = actions.add_parser(
        'sync',
        help='create its tables or bring them up to date',
        description='Create the tables, or bring them up to date. Running it '
        'again does nothing. No service needs to be stopped.',
    )
    sync.set_defaults(run=_sync)
    accept = actions.add_parser(
        'accept',
        help='use it in place of the one before, which is lost',
        description='Accept the present database in place of the one that '
        'was in use, after that was lost or replaced. What it retained is not '
        'retained any more: deleting such a backup destroys its data, so '
        'that backups which share their data with another cloud have to be '
        'imported again with "retain" before.',
    )
    accept.set_defaults(run=_accept)
    version = actions.add_parser(
        'version',
        help='show the version of its tables',
        description='Show the version of the tables, and whether there is a '
        'newer one.',
    )
    version.set_defaults(run=_version)


def _sync(arguments: typing.Any) -> None:
    # A migration of large tables takes as long as it takes.
    CONF.set_override('statement_timeout', 0, group='backup_meta_catalog')
    migration.upgrade()
    _version(arguments)


def _accept(arguments: typing.Any) -> None:
    with database.database() as context:
        found = presence.accept(context)
    if found is None:
        print(f'{_place()}: no tables; nothing is retained')
    else:
        print(f'{_place()}: accepted')


def _version(arguments: typing.Any) -> None:
    found = migration.version()
    newest = migration.head()
    if found is None:
        print(f'{_place()}: no tables; run db sync')
    elif found == newest:
        print(f'{_place()}: version {found}, up to date')
    else:
        print(f'{_place()}: version {found}; run db sync for {newest}')


def _place() -> str:
    """Return the database's URL without its password."""
    with session.errors_refused():
        url = sa.engine.make_url(CONF.backup_meta_catalog.connection)
    return quoting.quote(url.render_as_string(hide_password=True))
