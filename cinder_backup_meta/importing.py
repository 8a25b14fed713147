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

"""Turning a record into a backup: the checks, and the one transaction.

Stands in for ``API._get_import_backup`` and ``BackupManager.import_record``
of Cinder. Those commit a row in the status ``creating`` and its quota before
they know whether the record is any good; here everything is checked first,
and then the row, its metadata, the parent's count and the quota are written
in one transaction, or nothing is.
"""

import dataclasses
import datetime
import typing

from cinder import objects as cinder_objects
from cinder.objects import fields as cinder_fields
from oslo_db import api as oslo_db_api
from oslo_db import exception as db_exception
from oslo_log import log as logging

from cinder_backup_meta.db import backups
from cinder_backup_meta.db import host
from cinder_backup_meta.db import quotas
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reason
from cinder_backup_meta import record_fields

LOG = logging.getLogger(__name__)

AVAILABLE = cinder_fields.BackupStatus.AVAILABLE
DELETED = cinder_fields.BackupStatus.DELETED

# What Cinder gives a backup whose record does not name the volume.
UNKNOWN_VOLUME_ID = '00000000-0000-0000-0000-000000000000'

# In the record these are kept, but they are no columns of ``backups``.
_ELSEWHERE = frozenset(('driver_info', 'metadata'))


@dataclasses.dataclass(frozen=True)
class Home:
    """The cinder-backup host that an imported backup will belong to.

    :ivar host: the host's name in Cinder
    :ivar availability_zone: its availability zone
    :ivar service: class path of its backup driver
    """

    host: str
    availability_zone: str | None
    service: str


def import_record(
    context: typing.Any,
    record: objects.BackupRecord,
    home: Home,
    driver: typing.Any,
) -> None:
    """Make an ``available`` backup from a record, or nothing at all.

    The backup belongs to the project and user of ``context``, whose quota is
    charged. A soft-deleted backup with the same id comes back to life with
    the values of the record.

    :param driver: the host's backup driver, which may look at the record
    :raises Refused: with the reason; nothing has been written then
    """
    _ask_driver(context, record, home, driver)
    try:
        _write(
            context,
            row_values(context, record, home),
            _get(record, 'metadata') or {},
        )
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


def to_backup(
    context: typing.Any, record: objects.BackupRecord, home: Home
) -> typing.Any:
    """Return the Cinder ``Backup`` object that a record becomes.

    It is made in memory and has nothing to do with the database.
    """
    return cinder_objects.Backup(
        context,
        metadata=_get(record, 'metadata') or {},
        num_dependent_backups=0,
        **row_values(context, record, home),
    )


def row_values(
    context: typing.Any, record: objects.BackupRecord, home: Home
) -> dict[str, typing.Any]:
    """Return the columns of the backup that a record becomes.

    What each field of a record is used for stands in
    :data:`cinder_backup_meta.record_fields.TABLE`.
    """
    values = {
        name: _naive(_get(record, name))
        for name in record_fields.KEPT
        if name not in _ELSEWHERE
    }
    now = _naive(datetime.datetime.now(datetime.timezone.utc))
    values['volume_id'] = values['volume_id'] or UNKNOWN_VOLUME_ID
    values['created_at'] = values['created_at'] or now
    # Cinder takes the newest data_timestamp as the parent of the next
    # incremental backup and can't compare with one that is missing, as it
    # is in records from before 8.0.
    values['data_timestamp'] = (
        values['data_timestamp'] or values['created_at']
    )
    values.update(
        user_id=context.user_id,
        project_id=context.project_id,
        host=home.host,
        availability_zone=home.availability_zone,
        service=home.service,
        status=AVAILABLE,
        updated_at=now,
        deleted=False,
    )
    return values


def _ask_driver(
    context: typing.Any,
    record: objects.BackupRecord,
    home: Home,
    driver: typing.Any,
) -> None:
    """Let the driver look at the record before anything is written."""
    try:
        driver.import_record(
            to_backup(context, record, home), _get(record, 'driver_info') or {}
        )
    except Exception as error:
        # The driver is anybody's code and any of its errors means the same.
        LOG.exception('The driver does not take record %s.', record.id)
        raise exception.Refused(
            reason.Reason.DRIVER_REFUSED,
            f'the backup driver refuses the record: {error}',
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
) -> None:
    parent_id = values['parent_id']
    wanted = [values['id']] + ([parent_id] if parent_id else [])
    states = backups.get_states(context, wanted)
    if parent_id:
        _check_parent(values, states.get(parent_id))
    _make_row(context, values, metadata, states.get(values['id']))
    if parent_id and not backups.add_dependent(context, parent_id, AVAILABLE):
        # It was there a moment ago.
        raise _parent_missing(parent_id)
    quotas.charge(context, values['project_id'], 1, values['size'])


def _make_row(
    context: typing.Any,
    values: dict[str, typing.Any],
    metadata: dict[str, str],
    state: typing.Any,
) -> None:
    if state is None:
        backups.create(context, values, metadata)
    elif not (
        state.deleted and backups.revive(context, values, metadata)
    ):
        raise exception.Refused(
            reason.Reason.BACKUP_EXISTS,
            'Backup already exists in database. Its id is '
            f'{values["id"]} and its status is {state.status}; nothing needs '
            'to be imported',
        )


def _check_parent(values: dict[str, typing.Any], parent: typing.Any) -> None:
    parent_id = values['parent_id']
    if parent is None or parent.deleted or parent.status == DELETED:
        raise _parent_missing(parent_id)
    if parent.status != AVAILABLE:
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
    if parent.created_at and parent.created_at > values['created_at']:
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


def _get(record: objects.BackupRecord, name: str) -> typing.Any:
    return getattr(record, name) if record.obj_attr_is_set(name) else None


def _naive(value: typing.Any) -> typing.Any:
    """Return a time as Cinder's columns hold it: in UTC, without a zone."""
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc)
        return value.replace(microsecond=0, tzinfo=None)
    return value
