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

from cinder.objects import fields as cinder_fields
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception
from oslo_log import log as logging

from cinder_backup_meta.db import backups
from cinder_backup_meta.db import host
from cinder_backup_meta.db import quotas
from cinder_backup_meta import exception
from cinder_backup_meta.importing import rows
from cinder_backup_meta import objects
from cinder_backup_meta import reason
from cinder_backup_meta.repositories import base as repository_base

LOG = logging.getLogger(__name__)

DELETED = cinder_fields.BackupStatus.DELETED


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
        if not backups.is_data_error(error):
            raise
        # Not the error itself: its text has every value of the record in it.
        LOG.error(
            'The database does not take record %(id)s: %(error)s',
            {
                'id': record.id,
                'error': getattr(error.inner_exception, 'orig', None),
            },
        )
        raise exception.Refused(
            reason.Reason.DATABASE_REFUSED,
            "a value of the record does not fit this cloud's database; the "
            'log of cinder-backup says which',
        ) from None


def _is_duplicate(error: Exception) -> bool:
    # Two imports of one id, or two first charges of one project, at once:
    # the one that lost starts over and then sees what the other has made.
    return isinstance(error, db_exception.DBDuplicateEntry)


@oslo_db_api.wrap_db_retry(
    max_retries=5, retry_on_deadlock=True, exception_checker=_is_duplicate
)
@host.main_context_manager.writer
def _write(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
    record: objects.BackupRecord,
    repository: repository_base.Repository,
) -> None:
    parent_id = values['parent_id']
    wanted = [values['id']] + ([parent_id] if parent_id else [])
    states = backups.get_states(context, wanted)
    if parent_id:
        _check_parent(values, states.get(parent_id))
        repository.check_parent(record, states[parent_id])
    _make_row(context, values, metadata, states.get(values['id']))
    if parent_id:
        _count_child(context, parent_id)
    quotas.charge(context, values['project_id'], 1, values['size'])


def _count_child(context: typing.Any, parent_id: str) -> None:
    if not backups.add_dependent(context, parent_id, rows.AVAILABLE):
        # It was there a moment ago.
        raise _parent_missing(parent_id)


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
    raise exception.Refused(
        reason.Reason.BACKUP_EXISTS,
        f'Backup already exists in database. Its id is {values["id"]} and its '
        f'status is {state.status}; nothing needs to be imported',
    )


def _check_descent(context: typing.Any, values: dict[str, typing.Any]) -> None:
    """Refuse a parent that itself descends from the backup.

    Only a backup that comes back can have descendants; Cinder's restore
    would go round such a circle for ever.
    """
    parent_id = values['parent_id']
    if parent_id and backups.descends(context, parent_id, values['id']):
        raise exception.Refused(
            reason.Reason.PARENT_IS_DESCENDANT,
            f'its parent {parent_id} descends from the backup itself',
        )


def _check_parent(values: dict[str, typing.Any], parent: typing.Any) -> None:
    parent_id = values['parent_id']
    if parent is None or parent.deleted or parent.status == DELETED:
        raise _parent_missing(parent_id)
    if parent.status != rows.AVAILABLE:
        raise exception.Refused(
            reason.Reason.PARENT_NOT_AVAILABLE,
            f'the backup is incremental and its parent {parent_id} is '
            f'{parent.status}, not available; wait for it or reset its state '
            'first',
        )
    if parent.volume_id != values['volume_id']:
        raise exception.Refused(
            reason.Reason.PARENT_OF_OTHER_VOLUME,
            f'the backup is incremental and its parent {parent_id} is a '
            'backup of another volume',
        )
    made = rows.naive(parent.created_at)
    if made and made > values['created_at']:
        raise exception.Refused(
            reason.Reason.PARENT_NOT_OLDER,
            f'the backup is incremental and its parent {parent_id} was made '
            'after it',
        )


def _parent_missing(parent_id: str) -> exception.Refused:
    return exception.Refused(
        reason.Reason.PARENT_MISSING,
        f'the backup is incremental and its parent {parent_id} is not in '
        "this cloud; import the parent's record first",
    )
