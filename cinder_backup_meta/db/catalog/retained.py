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

"""Statements on the table ``retained_backups``.

Each function runs in the transaction that its caller has begun with
:mod:`cinder_backup_meta.db.catalog.session`; none begins or ends one.
"""

from collections.abc import Collection
from collections.abc import Iterable
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import ids

_RETAINED = models.RetainedBackup.__table__


def create(context: typing.Any, backup_id: str) -> None:
    """Retain a backup on behalf of the caller of the request.

    :raises oslo_db.exception.DBDuplicateEntry: if it is retained already
    """
    create_many(context, [backup_id])


def create_many(context: typing.Any, backup_ids: Collection[str]) -> None:
    """Retain backups on behalf of the caller of the request.

    :raises oslo_db.exception.DBDuplicateEntry: if one is retained already
    """
    if not backup_ids:
        return
    values = {
        'created_at': clock.utcnow().replace(microsecond=0),
        'user_id': context.user_id,
        'project_id': context.project_id,
        'request_id': context.request_id,
    }
    context.session.execute(
        sa.insert(_RETAINED),
        [{'backup_id': backup_id, **values} for backup_id in backup_ids],
    )


def delete(context: typing.Any, backup_id: str) -> bool:
    """Stop retaining a backup.

    :returns: False if it was not retained
    """
    deleted = context.session.execute(
        sa.delete(_RETAINED).where(_RETAINED.c.backup_id == backup_id)
    )
    return bool(deleted.rowcount)


def delete_many(context: typing.Any, backup_ids: Collection[str]) -> None:
    """Stop retaining backups; those that are not retained are ignored."""
    if backup_ids:
        context.session.execute(
            sa.delete(_RETAINED).where(
                _RETAINED.c.backup_id.in_(list(backup_ids))
            )
        )


def among(context: typing.Any, backup_ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose backups are retained."""
    asked = list(backup_ids)
    query = sa.select(_RETAINED.c.backup_id).where(
        _RETAINED.c.backup_id.in_(asked)
    )
    found = context.session.execute(query)
    return set(ids.by_asked(found, asked, 'backup_id'))
