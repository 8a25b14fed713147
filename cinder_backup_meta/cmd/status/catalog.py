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

"""Checks of the plugin's own database, which holds the catalog."""

from oslo_config import cfg
import sqlalchemy as sa

from cinder_backup_meta.cmd import database
from cinder_backup_meta.cmd.status import hosts
from cinder_backup_meta.cmd.status import result
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta import exception
from cinder_backup_meta.retention import presence

CONF = cfg.CONF

_SYNC = 'run cinder-backup-meta-manage db sync'

#: A table that only Cinder has.
_OF_CINDER = 'backups'


def check_tables() -> result.Result:
    """Check that it can be used and that its tables are up to date."""
    try:
        found = migration.version()
    except exception.Refused as error:
        return result.failure(f'{_capital(error)}.')
    if gone := _gone():
        return result.failure(f'{_capital(gone)}.')
    if found is None:
        return result.failure(
            "The plugin's own database has no tables. No record is captured "
            f'and no backup can be retained: {_SYNC}.'
        )
    if found != migration.head():
        return result.failure(
            f"The tables of the plugin's own database have version {found}, "
            f'and this release needs {migration.head()}: {_SYNC}.'
        )
    return result.success()


def _gone() -> exception.Refused | None:
    """Return the refusal of a catalog that is not the one that it was."""
    try:
        with database.database() as context:
            presence.is_there(context, note=False)
    except exception.Refused as error:
        return error
    except database.CinderDatabaseUnavailable:
        # Another check finds this.
        pass
    return None


def check_apart() -> result.Result:
    """Check that it is not lost together with Cinder's database.

    The same database can have many URLs, which is why the tables are compared.
    """
    try:
        is_shared = migration.has_table(_OF_CINDER)
    except exception.Refused:
        return result.warning(
            "Not checked: the plugin's own database cannot be used."
        )
    if not is_shared:
        return result.success()
    return result.warning(
        "The plugin's own database is Cinder's database. If it is lost, the "
        'records that could bring the backups back are lost with it. Set '
        'connection in [backup_meta_catalog] to another database, preferably '
        f'on another server, restart cinder-api and cinder-backup, and {_SYNC}'
        '. Backups that are retained have to be imported again.'
    )


def check_one_for_all_hosts() -> result.Result:
    """Check that all hosts of cinder-backup use the same catalog."""
    try:
        names = hosts.names()
        url = sa.engine.make_url(CONF.backup_meta_catalog.connection)
    except (database.CinderDatabaseUnavailable, sa.exc.ArgumentError):
        return result.warning(
            'Not checked: one of the two databases cannot be used.'
        )
    if url.get_backend_name() != 'sqlite' or len(names) < 2:
        return result.success()
    return result.failure(
        f"The plugin's own database is the file {url.database} on each host, "
        f'and cinder-backup runs on {", ".join(names)}: a host does not know '
        'which backups another one retains, and destroys their data. Set '
        'connection in [backup_meta_catalog] to one database that all hosts '
        'of cinder-api and cinder-backup can reach, restart these services '
        'and run cinder-backup-meta-manage db sync.'
    )


def _capital(error: exception.Refused) -> str:
    text = str(error.kwargs['detail'])
    return text[:1].upper() + text[1:]
