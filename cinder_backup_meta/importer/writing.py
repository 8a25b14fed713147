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

"""The one transaction that makes a backup."""

import typing

from oslo_db import exception as db_exception

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import quota_charges
from cinder_backup_meta.db import errors
from cinder_backup_meta.db import retry
from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import existing
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import unstorable
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base


def write_row(
    context: typing.Any,
    values: dict[str, typing.Any],
    record: objects.BackupRecord,
    repository: repository_base.Repository,
) -> None:
    """Write the row, its metadata, the parent's count and the quota.

    :param values: the columns of the row
    :raises Refused: if this cloud can't have the backup; nothing is written
    """
    metadata = rows.get(record, 'metadata') or {}
    try:
        # Elevated, for the policy may let others import than those whom
        # Cinder's database layer takes for administrators.
        _write(context.elevated(), values, metadata, record, repository)
    except db_exception.DBError as error:
        if not errors.is_of_value(error):
            raise
        raise unstorable.refusal(record.id, error) from None


# Two imports of one id, or two first charges of one project, at once: the one
# that lost starts over and then sees what the other has inserted.
@retry.on_conflict(db_exception.DBDuplicateEntry)
@models.main_context_manager.writer
def _write(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
    record: objects.BackupRecord,
    repository: repository_base.Repository,
) -> None:
    project_id, parent_id = values['project_id'], values['parent_id']
    accounts = quota_charges.Accounts(context, [project_id])
    wanted = [values['id']] + ([parent_id] if parent_id else [])
    states = backups.get_states(context, wanted)
    if parent_id:
        chains.check_parent(values, states.get(parent_id))
        repository.check_parent(record, states[parent_id])
    _make_row(context, values, metadata, states.get(values['id']))
    if parent_id:
        _count_child(context, parent_id)
    accounts.charge(project_id, values['size'])
    accounts.store()


def _count_child(context: typing.Any, parent_id: str) -> None:
    if not backups.add_dependent(context, parent_id, rows.AVAILABLE):
        # It was there a moment ago.
        raise chains.parent_missing(parent_id)


def _make_row(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
    state: typing.Any,
) -> None:
    if state is None:
        backups.create(context, values, metadata)
        return
    if state.deleted:
        _check_descent(context, values)
        if backups.revive(context, values, metadata):
            return
    raise existing.refusal(state, 'nothing needs to be imported')


def _check_descent(context: typing.Any, values: dict[str, typing.Any]) -> None:
    """Refuse a parent that itself descends from the backup.

    Only a backup that comes back can have descendants.
    """
    parent_id = values['parent_id']
    if parent_id and backups.descends(context, parent_id, values['id']):
        raise chains.parent_is_descendant(parent_id)
