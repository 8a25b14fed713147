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

"""What is looked at before an import touches the database."""

import typing

from oslo_log import log as logging

from cinder_backup_meta import exception
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base as repository_base
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)


def check_service(name: str | None, home: rows.Home) -> None:
    """Refuse the records of another backup driver than the host's.

    :param name: the driver, as a record or a request names it
    """
    if not drivers.is_driver(name, home.service):
        raise exception.Refused(
            reasons.Reason.SERVICE_MISMATCH,
            f'the backup service {name or "(none)"} is asked for and '
            f'host {home.host} has {home.service}',
        )


def check_location(
    record: typing.Any,
    repository: repository_base.Repository,
    with_copies: bool,
) -> bool:
    """Refuse a record that does not point into its own backup.

    :param with_copies: into that of another backup of its volume will do
    :returns: True for a record that points into another's
    """
    if with_copies:
        return bool(repository.source_id(record) != record.id)
    repository.check_location(record)
    return False


def check_key(
    context: typing.Any,
    record: objects.BackupRecord,
    options: objects.BackupRecordOptions,
) -> None:
    """Refuse a key that this cloud lacks, unless the caller allows it."""
    key_id = rows.get(record, 'encryption_key_id')
    if key_id and not options.allow_missing_key:
        keys.check_key(context, key_id)


def check_data(
    record: objects.BackupRecord,
    options: objects.BackupRecordOptions,
    repository: repository_base.Repository,
) -> None:
    """Refuse a record whose data is not there, as far as is asked for."""
    if not is_to_be_looked_at(record, options, repository):
        return
    if repository.lookup is None:
        LOG.warning(
            'Whether the data of backup %s is there can not be told with '
            'this backup driver; it is imported unseen.',
            record.id,
        )
        return
    fault = repository.lookup.find_faults([record]).get(record.id)
    if fault:
        raise fault


def is_to_be_looked_at(
    record: typing.Any,
    options: typing.Any,
    repository: repository_base.Repository,
) -> bool:
    """Tell whether to look for the data of a record.

    :raises Refused: if that has to be and this host can't look
    """
    must_look = repository.must_look(record)
    if must_look and repository.lookup is None:
        raise exception.Refused(
            reasons.Reason.DATA_UNREADABLE,
            'the record does not prove that the data it names is its '
            'own, and the libraries to look at it are not installed on '
            'the host of cinder-backup',
        )
    return must_look or options.verify != options.VERIFY_NONE


def ask_driver(
    backup: typing.Any, record: typing.Any, driver: typing.Any
) -> None:
    """Let the driver look at the record before anything is written."""
    try:
        driver.import_record(backup, rows.get(record, 'driver_info') or {})
    except Exception as error:
        # The driver is anybody's code and any of its errors means the same.
        LOG.exception('The driver does not take record %s.', record.id)
        raise exception.Refused(
            reasons.Reason.DRIVER_REFUSED,
            f'the backup driver refuses the record: {error}',
        ) from None
