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

"""Bringing the tables of the plugin's own database up to date.

They have their own migrations and their own version table, so ``cinder-manage
db sync`` leaves them alone.
"""

import pathlib

from alembic import command
from alembic import config
from alembic.runtime import migration as runtime
from alembic import script
import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

#: Not alembic's default name, because Cinder's migrations use that, and an
#: operator may put the tables into Cinder's database.
VERSION_TABLE = 'cinder_backup_meta_alembic_version'

_SCRIPTS = pathlib.Path(__file__).parent / 'migrations'


def _config() -> config.Config:
    made = config.Config()
    # The option is read with the interpolation of ConfigParser.
    made.set_main_option('script_location', str(_SCRIPTS).replace('%', '%%'))
    return made


def upgrade() -> None:
    """Upgrade the tables to the newest version; a SQLite file is created.

    :raises Refused: if the database cannot be used, or was upgraded by a newer
        release
    """
    made = _config()
    _check_known(made, version())
    session.create_file()
    with session.errors_refused(), session.get_engine().begin() as connection:
        made.attributes['connection'] = connection
        command.upgrade(made, 'head')


def _check_known(made: config.Config, found: str | None) -> None:
    known = script.ScriptDirectory.from_config(made).walk_revisions()
    if found and found not in {one.revision for one in known}:
        raise exception.Refused(
            reasons.Reason.CATALOG_UNAVAILABLE,
            f"the tables of the plugin's own database have version {found}, "
            'which this release does not know: install the release that made '
            'them',
        )


def version() -> str | None:
    """Return the version of the tables, None where there are none.

    :raises Refused: if the database cannot be used
    """
    with session.errors_refused():
        if session.is_missing():
            return None
        with session.get_engine().connect() as connection:
            found = runtime.MigrationContext.configure(
                connection, opts={'version_table': VERSION_TABLE}
            ).get_current_revision()
        if found is None:
            session.want_database()
        return found


def head() -> str | None:
    """Return the newest version that this release knows."""
    return script.ScriptDirectory.from_config(_config()).get_current_head()


def is_up_to_date() -> bool:
    """Return whether the tables have the newest version."""
    return version() == head()


def has_run() -> bool:
    """Return whether :func:`upgrade` has ever run on the database.

    :raises Refused: if the database cannot be read
    """
    return has_table(VERSION_TABLE)


def has_table(name: str) -> bool:
    """Return whether the database has a table; no SQLite file is created.

    :raises Refused: if the database cannot be read
    """
    with session.errors_refused():
        if session.is_missing():
            return False
        if sa.inspect(session.get_engine()).has_table(name):
            return True
        session.want_database()
        return False


def want_records() -> None:
    """Require the table for the records of backups.

    :raises Refused: if it does not exist, or the database cannot be read
    """
    if not has_table(models.BackupRecord.__tablename__):
        raise session.unavailable('it has no tables yet')
