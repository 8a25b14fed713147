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

"""Where the data of backups is, according to their rows.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

from cinder.objects import fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import paging

_BACKUPS = models.Backup.__table__

_LOCATION = [_BACKUPS.c[name] for name in backups.LOCATION]


def available_after(
    context: typing.Any, after: str, limit: int
) -> list[sa.engine.Row]:
    """Return the next available backups in the order of their ids.

    A row has the columns of :data:`.backups.LOCATION`.

    :param after: the id that the last page ended with, '' for the first
    """
    query = sa.select(*_LOCATION).where(*_is_available())
    return paging.rows_after(context, query, _BACKUPS.c.id, after, limit)


def available_among(
    context: typing.Any, backup_ids: Collection[str]
) -> set[str]:
    """Return which of some backups are available."""
    query = sa.select(_BACKUPS.c.id).where(
        *_is_available(), _BACKUPS.c.id.in_(list(backup_ids))
    )
    return set(context.session.execute(query).scalars())


def prefixes(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, sa.engine.Row]:
    """Return by id where those of the backups are that are not deleted.

    A row has: id, status, container, service_metadata.
    """
    wanted = _BACKUPS.c.id.in_(list(backup_ids))
    return {row.id: row for row in _live(context, wanted)}


def naming(
    context: typing.Any, service_metadata: Collection[str]
) -> list[sa.engine.Row]:
    """Return the backups that are not deleted and name some data.

    A row has: id, status, container, service_metadata, fail_reason.

    :param service_metadata: the names, each a value of that column
    """
    wanted = _BACKUPS.c.service_metadata.in_(list(service_metadata))
    return _live(context, wanted)


def _live(
    context: typing.Any, wanted: sa.sql.ColumnElement
) -> list[sa.engine.Row]:
    names = (
        *('id', 'status', 'container', 'service_metadata'),
        'fail_reason',
    )
    query = sa.select(*(_BACKUPS.c[name] for name in names))
    query = query.where(models.live(_BACKUPS), wanted)
    return list(context.session.execute(query))


def containers(context: typing.Any) -> set[str]:
    """Return all containers of backups, those of deleted ones too."""
    query = sa.select(_BACKUPS.c.container).where(
        _BACKUPS.c.container.is_not(None)
    )
    return set(context.session.execute(query.distinct()).scalars())


def _is_available() -> list[sa.sql.ColumnElement]:
    return [
        models.live(_BACKUPS),
        _BACKUPS.c.status == fields.BackupStatus.AVAILABLE,
    ]
