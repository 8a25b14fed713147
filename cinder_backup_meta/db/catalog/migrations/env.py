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

"""What alembic runs to migrate the plugin's own database.

:mod:`cinder_backup_meta.db.catalog.migration` gives the connection. Without
one, where ``alembic`` is called to write a new migration, it is the database
of the configuration.
"""

from alembic import context
import sqlalchemy as sa

from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session


def _include_name(name: str | None, kind: str, parents: object) -> bool:
    """Leave out the tables of others, if the database has any."""
    return kind != 'table' or name in models.Base.metadata.tables


def _run(connection: sa.engine.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=models.Base.metadata,
        version_table=migration.VERSION_TABLE,
        include_name=_include_name,
        # SQLite alters a table only by making it anew.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _main() -> None:
    given = context.config.attributes.get('connection')
    if given is not None:
        _run(given)
        return
    with session.get_engine().begin() as connection:
        _run(connection)


_main()
