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

"""Whether the catalog is there, and is the one that it always was.

A catalog that does not exist holds no flags of retained backups, and the
plugin is of use without one. But a catalog that was there and is not any more,
or is another one, may have held them: a file of SQLite that was moved away, an
empty file or database in its place, a wrong option. To guess that nothing was
retained would destroy data.

Every catalog has an identity, and Cinder's database has a mark with that of
the first one that was seen. A catalog without this identity is refused until
an operator accepts it.
"""

import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.db.catalog import identity
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import catalog_mark
from cinder_backup_meta.db.cinder import models as cinder_models
from cinder_backup_meta.db import retry
from cinder_backup_meta import exception


# Another host may see it for the first time at the same time.
@retry.on_conflict(db_exception.DBDuplicateEntry)
def is_there(context: typing.Any, note: bool = True) -> bool:
    """Return whether there is a catalog; False if there never was one.

    :param note: let Cinder's database know of the first one that is seen
    :raises Refused: with CATALOG_UNAVAILABLE if it cannot be used, or is not
        the one that it was
    """
    with cinder_models.main_context_manager.reader.using(context):
        known = catalog_mark.get(context)
    found = _identity(context)
    if known is not None:
        if found != known:
            raise _gone(found)
        return True
    if found is not None and note:
        _create_mark(context, found)
    return found is not None or migration.has_run()


def accept(context: typing.Any) -> str | None:
    """Accept the present catalog, or that there is none.

    What another one has retained is not retained any more.

    :returns: the identity of the catalog, None if it has no tables
    :raises Refused: with CATALOG_UNAVAILABLE if it cannot be used
    """
    found = _identity(context)
    with cinder_models.main_context_manager.writer.using(context):
        catalog_mark.delete(context)
        if found is not None:
            catalog_mark.create(context, found)
    return found


def _create_mark(context: typing.Any, found: str) -> None:
    with cinder_models.main_context_manager.writer.using(context):
        catalog_mark.create(context, found)


def _identity(context: typing.Any) -> str | None:
    """Return the identity of the present catalog, None if it has none."""
    if not migration.has_table(models.CatalogIdentity.__tablename__):
        return None
    with session.errors_refused(), session.reader(context):
        return identity.get(context)


def _gone(found: str | None) -> exception.Refused:
    # Deletions write this into fail_reason, which has 255 characters.
    what = 'the one that was in use is gone'
    if found is not None:
        what = 'it is not the one that was in use'
    return session.unavailable(
        what,
        'restore it or check [backup_meta_catalog] connection, or run '
        'cinder-backup-meta-manage db accept',
    )
