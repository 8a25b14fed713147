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

"""The rows of ``backups`` that a lost import of stock Cinder leaves behind.

Cinder's own import commits the row of the backup, in the status ``creating``,
and its quota before it sends a message to cinder-backup. If the message is
lost, or if the values of the record make cinder-backup fail, the row stays: no
start of cinder-backup cleans it up, because it has no host; an import of the
same record is refused because the backup exists; and the backup cannot be
deleted.

Such a row differs from every other by all of this together:

* it is not deleted, and its status is ``creating``;
* it has no host. A backup that is being created has none until the scheduler
  has chosen one, hence the next point. A row that an import *revived* keeps
  its former host and is left to that host, which resets it at its next start;
* its volume id is the one that Cinder gives to what it imports, of zeros only.
  A backup that is being created names a real volume, and cinder-backup writes
  host and volume of an import in one statement;
* it has no service, container or service_metadata. As it names no data
  anywhere, nothing is lost with it;
* it was neither created nor changed recently. An import whose message still
  waits for cinder-backup looks the same.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

import datetime
import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock

_BACKUPS = models.Backup.__table__
_METADATA = models.BackupMetadata.__table__


def find(
    context: typing.Any, before: datetime.datetime
) -> list[sa.engine.Row]:
    """Return the rows, oldest first.

    A row has: id, project_id, user_id, created_at.

    :param before: created and changed before this time, in UTC without a zone
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
    """Soft-delete a row and its metadata, as Cinder does.

    :returns: False, with nothing changed, if :func:`find` would no longer
        return it
    """
    now = clock.utcnow()
    columns = _BACKUPS.c
    removed = context.session.execute(
        sa.update(_BACKUPS)
        .where(columns.id == backup_id, *_conditions(before))
        .values(
            status=fields.BackupStatus.DELETED,
            deleted=True,
            deleted_at=now,
            # Otherwise the model would set it, as if the row had changed.
            updated_at=columns.updated_at,
        )
    )
    if not removed.rowcount:
        return False
    context.session.execute(
        sa.update(_METADATA)
        .where(_METADATA.c.backup_id == backup_id, models.live(_METADATA))
        .values(
            deleted=True, deleted_at=now, updated_at=_METADATA.c.updated_at
        )
    )
    return True


def _conditions(before: datetime.datetime) -> list[sa.sql.ColumnElement]:
    columns = _BACKUPS.c
    return [
        models.live(_BACKUPS),
        columns.status == fields.BackupStatus.CREATING,
        columns.volume_id == models.ZERO_UUID,
        columns.host.is_(None),
        columns.service.is_(None),
        columns.container.is_(None),
        columns.service_metadata.is_(None),
        columns.created_at < before,
        sa.or_(columns.updated_at.is_(None), columns.updated_at < before),
    ]
