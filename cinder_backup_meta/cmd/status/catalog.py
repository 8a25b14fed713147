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

"""The plugin's own database."""

from cinder_backup_meta.cmd.status import result
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta import exception

_SYNC = 'run cinder-backup-meta-manage db sync'

#: A table that Cinder has and nobody else.
_OF_CINDER = 'backups'


def check_tables() -> result.Result:
    """Check that it can be used and that its tables are up to date."""
    try:
        found = migration.version()
    except exception.Refused as error:
        return result.failure(f'{_capital(error)}.')
    if found is None:
        return result.failure(
            "The plugin's own database has no tables, so that no record is "
            f'captured and no backup can be retained: {_SYNC}.'
        )
    if found != migration.head():
        return result.failure(
            f"The tables of the plugin's own database have version {found}, "
            f'and this release needs {migration.head()}: {_SYNC}.'
        )
    return result.success()


def check_apart() -> result.Result:
    """Check that it is not lost together with Cinder's.

    Two URLs may name the same database in many ways, so its tables are asked.
    """
    try:
        is_shared = migration.has_table(_OF_CINDER)
    except exception.Refused:
        return result.warning(
            "Not checked: the plugin's own database can not be used."
        )
    if not is_shared:
        return result.success()
    return result.warning(
        "The plugin's own database is that of Cinder, so that the records of "
        'the backups are lost together with what they are to bring back: '
        'let connection in [backup_meta_catalog] name another one, best on '
        f'another server, restart cinder-api and cinder-backup, and {_SYNC}. '
        'What is retained has to be retained anew.'
    )


def _capital(error: exception.Refused) -> str:
    text = str(error.kwargs['detail'])
    return text[:1].upper() + text[1:]
