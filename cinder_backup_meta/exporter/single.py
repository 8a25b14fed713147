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

"""The record of one backup.

Stands in for ``BackupManager.export_record`` of Cinder, whose REST call is a
GET and yet writes the host into the row.
"""

import typing

from cinder.objects import fields as cinder_fields

from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)


def check_status(backup: typing.Any) -> None:
    """Raise Refused, in Cinder's own words, if a backup is not available.

    :raises Refused: with BACKUP_NOT_AVAILABLE
    """
    if backup.status != cinder_fields.BackupStatus.AVAILABLE:
        raise exception.Refused(
            reasons.Reason.BACKUP_NOT_AVAILABLE,
            f'Backup status must be available and not {backup.status}.',
        )


def needs_driver(backup: typing.Any) -> bool:
    """Return whether only a host with the driver can make the record.

    Cinder's own drivers add nothing to a record. A row from before Cinder kept
    the driver has no service; which one it is, a host has to say.

    :param backup: a Cinder ``Backup`` object
    """
    return not (backup.service and drivers.is_in_tree(backup.service))


def get_record(
    context: typing.Any, backup: typing.Any, found: drivers.Instances
) -> objects.BackupRecord:
    """Return the record of an available backup.

    :param backup: a Cinder ``Backup`` object
    :param found: the instances of the backup driver, of which one is built
        only if it may add information of its own
    :raises Refused: if the backup is not available or the driver fails
    """
    check_status(backup)
    try:
        driver_info = (
            found.get(context).export_record(backup)
            if found.overrides('export_record')
            else {}
        )
        return objects.BackupRecord.from_backup(context, backup, driver_info)
    except Exception as error:
        # The driver may be third-party code; every error means the same.
        LOG.exception('Cannot make the record of backup %s.', backup.id)
        found.forget(context)
        raise exception.Refused(
            reasons.Reason.DRIVER_REFUSED,
            f'the backup driver cannot export the backup: '
            f'{quoting.quote(error, 300)}',
        ) from None
