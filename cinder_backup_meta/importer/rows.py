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

"""The row that a record becomes.

A record is anything with the attributes of one, as for
:class:`cinder_backup_meta.repositories.base.Repository`.
"""

import dataclasses
import typing

from cinder import objects as cinder_objects
from cinder.objects import fields as cinder_fields

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta import reasons
from cinder_backup_meta.record import fields as record_fields
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers

AVAILABLE = cinder_fields.BackupStatus.AVAILABLE

# What Cinder gives a backup whose record does not name the volume.
UNKNOWN_VOLUME_ID = models.ZERO_UUID

# In the record these are kept, but they are no columns of ``backups``.
_ELSEWHERE = frozenset(('driver_info', 'metadata'))


@dataclasses.dataclass(frozen=True)
class Owner:
    """Who will own an imported backup and be charged for it."""

    user_id: str
    project_id: str


class Host(typing.Protocol):
    """The host that imported backups will belong to.

    What the importer needs of :class:`cinder_backup_meta.worker.host.Host`.
    """

    name: str
    availability_zone: str | None
    service: str
    drivers: drivers.Instances

    @property
    def repository(self) -> base.Repository:
        """The repository behind the driver."""

    def check_service(self, name: str | None) -> None:
        """Raise Refused if a backup driver is another than the host's."""


def owner_of(
    context: typing.Any,
    record: typing.Any,
    options: typing.Any,
) -> Owner:
    """Return who will own the backup that a record becomes.

    :raises Refused: if the record is to name the owner and does not
    """
    if options.owner == options.OWNER_IMPORTER:
        return Owner(context.user_id, context.project_id)
    user_id, project_id = get(record, 'user_id'), get(record, 'project_id')
    if not (user_id and project_id):
        raise exception.Refused(
            reasons.Reason.OWNER_UNKNOWN,
            'the record does not name the user and the project that owned '
            'the backup, or not as Cinder can store it; import it with the '
            'importer as owner, restore it, and transfer the volume',
        )
    return Owner(user_id, project_id)


def to_backup(
    context: typing.Any, record: typing.Any, values: dict[str, typing.Any]
) -> typing.Any:
    """Return the Cinder ``Backup`` object that a record becomes.

    It is made in memory and has nothing to do with the database.

    :param values: the columns of its row, from :func:`row_values`
    """
    return cinder_objects.Backup(
        context,
        metadata=get(record, 'metadata') or {},
        num_dependent_backups=0,
        **values,
    )


def row_values(
    record: typing.Any,
    owner: Owner,
    host: str,
    availability_zone: str | None,
    service: str,
) -> dict[str, typing.Any]:
    """Return the columns of the row that a record becomes.

    :data:`cinder_backup_meta.record.fields.TABLE` says what each field of a
    record is used for.

    :param host: the name of the host that the backup will belong to
    :param availability_zone: that of the host
    :param service: the class path of the host's backup driver
    """
    values = {
        name: clock.truncated(get(record, name))
        for name in record_fields.KEPT
        if name not in _ELSEWHERE
    }
    now = clock.truncated(clock.utcnow())
    values['volume_id'] = values['volume_id'] or UNKNOWN_VOLUME_ID
    values['created_at'] = values['created_at'] or now
    # Cinder takes the newest data_timestamp as the parent of the next
    # incremental backup and cannot compare with one that is missing, as it
    # is in records from before 8.0.
    values['data_timestamp'] = values['data_timestamp'] or values['created_at']
    values.update(
        user_id=owner.user_id,
        project_id=owner.project_id,
        host=host,
        availability_zone=availability_zone,
        service=service,
        status=AVAILABLE,
        updated_at=now,
        deleted=False,
    )
    return values


#: Returns a field of a record, None where the record lacks it.
get = fields.value
