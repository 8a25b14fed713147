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

"""Retained backups: their deletion leaves data and encryption key alone.

A backup that was imported shares its data with the cloud that it came from,
or with whoever else has its record. Where it is retained, deleting it in
Cinder forgets the backup and destroys nothing.

The flag is kept in the plugin's own database and goes by the id of the
backup, whether Cinder has such a backup or not. What has to come first: an
import retains *before* the backup is there, a deletion releases *after* it is
gone, so that a crash in between keeps data that might have gone, and never
the other way round.
"""

from collections.abc import Collection
from collections.abc import Iterable
import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.db.catalog import retained
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db import retry
from cinder_backup_meta.retention import presence


@session.bounded
def retain(context: typing.Any, backup_id: str) -> bool:
    """Retain a backup; who asked for it is taken from the context.

    It protects from deletions that begin after it. One that cinder-backup is
    already at is not held up.

    :returns: False if it was retained already
    :raises Refused: if the plugin's own database cannot be used
    """
    _want_catalog(context)
    with session.errors_refused():
        try:
            _create(context, backup_id)
        except db_exception.DBDuplicateEntry:
            return False
    return True


@session.bounded
def release(context: typing.Any, backup_id: str) -> bool:
    """Release a backup: its deletion destroys its data and key again.

    :returns: False if it was not retained
    :raises Refused: if the plugin's own database cannot be used
    """
    _want_catalog(context)
    with session.errors_refused():
        return _delete(context, backup_id)


@session.bounded
def retain_many(context: typing.Any, backup_ids: Collection[str]) -> set[str]:
    """Retain backups, all of them or none.

    :returns: those that were not retained already
    :raises Refused: if the plugin's own database cannot be used
    """
    _want_catalog(context)
    with session.errors_refused():
        return _create_many(context, backup_ids)


@session.bounded
def want(context: typing.Any) -> None:
    """Require that backups can be retained, before a transaction that does it.

    :raises Refused: if the plugin's own database cannot be used
    """
    _want_catalog(context)


@session.bounded
def add_many(context: typing.Any, backup_ids: Collection[str]) -> set[str]:
    """Retain backups, all of them or none, after :func:`want`.

    Cinder's database is not used, in which the caller is in a transaction.

    :returns: those that were not retained already
    :raises Refused: if the plugin's own database cannot be used
    """
    with session.errors_refused():
        return _create_many(context, backup_ids)


def add_within(context: typing.Any, backup_ids: Collection[str]) -> None:
    """Retain backups in a transaction of the caller's on the same database.

    :param context: of the transaction
    """
    new = set(backup_ids) - retained.among(context, backup_ids)
    retained.create_many(context, sorted(new))


@session.bounded
def release_many(context: typing.Any, backup_ids: Collection[str]) -> None:
    """Release backups: their deletion destroys their data and keys again.

    :raises Refused: if the plugin's own database cannot be used
    """
    _want_catalog(context)
    with session.errors_refused():
        _delete_many(context, backup_ids)


def is_retained(context: typing.Any, backup_id: str) -> bool:
    """Return whether a backup is retained.

    :raises Refused: if the plugin's own database cannot be asked
    """
    return backup_id in retained_among(context, [backup_id])


@session.bounded
def retained_among(context: typing.Any, backup_ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose backups are retained.

    Without the tables that ``cinder-backup-meta-manage db sync`` makes, no
    backup can have been retained, and the plugin is of use without them: the
    answer is that none is. That holds only if there has never been a catalog;
    see :mod:`.presence`. A server that does not answer or does not know the
    database, a file that can't be read, tables that were there once, a catalog
    that is not the one that it was: they may well hold flags, or have held
    them, and to guess that they don't would destroy data.

    :raises Refused: if the plugin's own database cannot be asked
    """
    if not presence.is_there(context):
        return set()
    with session.errors_refused(), session.reader(context):
        return retained.among(context, backup_ids)


def _want_catalog(context: typing.Any) -> None:
    if not presence.is_there(context):
        raise session.unavailable('it has no tables yet')


@retry.on_conflict()
def _create(context: typing.Any, backup_id: str) -> None:
    with session.writer(context):
        retained.create(context, backup_id)


# Another request may retain one of them at the same time.
@retry.on_conflict(db_exception.DBDuplicateEntry)
def _create_many(context: typing.Any, backup_ids: Collection[str]) -> set[str]:
    with session.writer(context):
        new = set(backup_ids) - retained.among(context, backup_ids)
        retained.create_many(context, sorted(new))
        return new


@retry.on_conflict()
def _delete_many(context: typing.Any, backup_ids: Collection[str]) -> None:
    with session.writer(context):
        retained.delete_many(context, backup_ids)


@retry.on_conflict()
def _delete(context: typing.Any, backup_id: str) -> bool:
    with session.writer(context):
        return retained.delete(context, backup_id)
