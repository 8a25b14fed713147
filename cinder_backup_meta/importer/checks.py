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

"""What is checked before an import touches Cinder's database.

Each place outside, the key manager and the backup storage, is asked once for
a whole page. A check refuses entries and never raises for one of them.
"""

from collections.abc import Callable
import enum
import typing

from oslo_log import log as logging

from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)

Page = list[entries.Entry]
Repository = base.Repository


class Copies(enum.Enum):
    """What becomes of a record that names another backup's data."""

    #: Refused, for its location is not its own
    REFUSED = enum.auto()
    #: Imported and retained: whichever of the two backups is deleted, the
    #: other can still be restored
    RETAINED = enum.auto()
    #: Imported as it is; whether it is retained has been settled before
    ACCEPTED = enum.auto()


def check(
    context: typing.Any,
    page: Page,
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
    copies: Copies = Copies.REFUSED,
) -> None:
    """Refuse the entries that cannot be imported.

    In this order: location, encryption key, data, and whatever the driver
    itself has against it.
    """
    _check_locations(page, host.repository, copies)
    if copies is not Copies.ACCEPTED:
        _check_keys_of_lost(context, page)
    if not options.allow_missing_key:
        _check_keys(context, page)
    _check_data(page, options, host.repository)
    _ask_driver(context, page, host)


def _refuse(page: Page, check_one: Callable[[entries.Entry], object]) -> None:
    for entry in page:
        if entry.is_open:
            try:
                check_one(entry)
            except exception.Refused as error:
                entry.fault = error


def _check_locations(
    page: Page, repository: Repository, copies: Copies
) -> None:
    """Refuse the entries that do not point into their own backups."""

    def check_own(entry: entries.Entry) -> None:
        repository.check_location(entry.record)

    def find_source(entry: entries.Entry) -> None:
        source_id = repository.source_id(entry.record)
        entry.is_copy = (
            copies is Copies.RETAINED and source_id != entry.record.id
        )

    _refuse(page, check_own if copies is Copies.REFUSED else find_source)


def _check_keys_of_lost(context: typing.Any, page: Page) -> None:
    """Refuse the entries whose encryption keys are those of lost backups."""
    encrypted = [
        entry
        for entry in page
        if entry.is_open and entry.values['encryption_key_id']
    ]
    try:
        holders = keys.Holders.lost(context, encrypted)
    except exception.Refused as error:
        for entry in encrypted:
            entry.fault = error
        return
    _refuse(encrypted, holders.check)


def _check_keys(context: typing.Any, page: Page) -> None:
    """Refuse the entries whose encryption keys this cloud does not have."""
    wanted = {
        entry.values['encryption_key_id']
        for entry in page
        if entry.is_open and entry.values['encryption_key_id']
    }
    faults = keys.find_faults(context, sorted(wanted))
    for entry in page:
        if entry.is_open:
            entry.fault = faults.get(entry.values['encryption_key_id'])


def _check_data(
    page: Page,
    options: objects.BackupRecordBatchOptions,
    repository: Repository,
) -> None:
    """Refuse the entries whose data is not there, as far as is asked for."""
    wanted: dict[str, entries.Entry] = {}

    def collect(entry: entries.Entry) -> None:
        if _is_to_be_looked_at(entry, options, repository):
            wanted[entry.record.id] = entry

    _refuse(page, collect)
    if not wanted:
        return
    if repository.lookup is None:
        LOG.warning(
            'This backup driver does not allow checking whether the data of '
            'a backup exists. Imported unchecked: %s.',
            ', '.join(wanted),
        )
        return
    faults = repository.lookup.find_faults(
        [entry.record for entry in wanted.values()]
    )
    for backup_id, fault in faults.items():
        wanted[backup_id].fault = fault


def _is_to_be_looked_at(
    entry: entries.Entry,
    options: objects.BackupRecordBatchOptions,
    repository: Repository,
) -> bool:
    """Return whether to look for the data of a record.

    :raises Refused: if that has to be and this host cannot look
    """
    must_look = repository.must_look(entry.record)
    if must_look and repository.lookup is None:
        raise exception.Refused(
            reasons.Reason.DATA_UNREADABLE,
            'the record does not prove that the data it names is its '
            'own, and the libraries to look at it are not installed on '
            'the host of cinder-backup',
        )
    return must_look or options.verify != options.VERIFY_NONE


def _ask_driver(context: typing.Any, page: Page, host: rows.Host) -> None:
    """Refuse the entries that the driver itself does not take."""
    # None of Cinder's own drivers has anything against a record.
    if not drivers.overrides(type(host.driver), 'import_record'):
        return

    def ask(entry: entries.Entry) -> None:
        backup = rows.to_backup(context, entry.record, entry.values)
        try:
            host.driver.import_record(backup, entry.record.driver_info or {})
        except Exception as error:
            # The driver may be third-party code; every error means the same.
            LOG.exception(
                'The backup driver refuses record %s.', entry.record.id
            )
            raise exception.Refused(
                reasons.Reason.DRIVER_REFUSED,
                f'the backup driver refuses the record: {error}',
            ) from None

    _refuse(page, ask)
