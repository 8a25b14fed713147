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

"""Statements on the rows that a lost import of Cinder's leaves behind.

Cinder's own import commits the row of the backup, in the status ``creating``,
and its quota before it asks cinder-backup by a message. Where the message is
lost, or the values of the record make cinder-backup fail, the row stays: no
start of cinder-backup cleans it up, because it has no host; an import of the
same record is refused because it exists; it can't be deleted either.

Such a row is told from every other by all of this at once:

* not deleted, and in the status ``creating``;
* no host. A backup that is being created has none until the scheduler chose
  one, hence the next point. A row that an import *revived* keeps the host of
  its former life and is left to that host: at its next start it resets it;
* the volume id that Cinder gives to what it imports, of zeros only. A backup
  that is being created names a real volume, and cinder-backup writes host and
  volume of an import in one statement;
* no service, container or service_metadata: it names no data anywhere, so
  that nothing is lost with it;
* neither made nor changed lately: an import whose message still waits for
  cinder-backup looks the same.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

import datetime
import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__

#: ``cinder.backup.api.IMPORT_VOLUME_ID``, the volume of whatever it imports.
IMPORT_VOLUME_ID = '00000000-0000-0000-0000-000000000000'


def find(
    context: typing.Any, before: datetime.datetime
) -> list[sa.engine.Row]:
    """Return the rows, oldest first.

    A row has: id, project_id, user_id, created_at.

    :param before: made and changed before this time, in UTC without a zone
    """
    columns = _BACKUPS.c
    query = (
        sa.select(
            columns.id, columns.project_id, columns.user_id, columns.created_at
        )
        .where(*_conditions(before))
        .order_by(columns.created_at, columns.id)
    )
    return list(context.session.execute(query))


def remove(
    context: typing.Any, backup_id: str, before: datetime.datetime
) -> bool:
    """Delete a row with its metadata softly, as Cinder does.

    :returns: False, with nothing changed, if it is no longer what
        :func:`find` looks for
    """
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    columns = _BACKUPS.c
    removed = context.session.execute(
        sa.update(_BACKUPS)
        .where(columns.id == backup_id, *_conditions(before))
        .values(
            status=fields.BackupStatus.DELETED,
            deleted=True,
            deleted_at=now,
            # Else the model would set it, and a deletion is no change.
            updated_at=columns.updated_at,
        )
    )
    if not removed.rowcount:
        return False
    context.session.execute(
        sa.update(_METADATA)
        .where(
            _METADATA.c.backup_id == backup_id,
            _METADATA.c.deleted == sa.false(),
        )
        .values(
            deleted=True, deleted_at=now, updated_at=_METADATA.c.updated_at
        )
    )
    return True


def _conditions(before: datetime.datetime) -> list[sa.sql.ColumnElement]:
    columns = _BACKUPS.c
    return [
        columns.deleted == sa.false(),
        columns.status == fields.BackupStatus.CREATING,
        columns.volume_id == IMPORT_VOLUME_ID,
        columns.host.is_(None),
        columns.service.is_(None),
        columns.container.is_(None),
        columns.service_metadata.is_(None),
        columns.created_at < before,
        sa.or_(columns.updated_at.is_(None), columns.updated_at < before),
    ]
