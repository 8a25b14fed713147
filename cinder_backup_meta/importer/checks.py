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
import dataclasses
import enum
import types
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import rows
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import lookup as lookups
from cinder_backup_meta.repositories import naming

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
    itself has against it. If the storage does not answer in time, what has
    not been refused by then is refused with DATA_UNREADABLE.
    """
    _look(page, lambda some: _check_locations(some, host.repository, copies))
    if copies is not Copies.ACCEPTED:
        _check_keys_of_lost(context, page)
    if not options.allow_missing_key:
        _check_keys(context, page)

    def check_stored(some: Page) -> None:
        _check_data(context, some, options, host, copies)
        _ask_driver(context, some, host)

    _look(page, check_stored)


def _look(page: Page, check_some: Callable[[Page], None]) -> None:
    """Make a check that asks the storage.

    It gets copies, so that what it finds after it was given up is dropped.
    """
    open_entries = [entry for entry in page if entry.is_open]
    if not open_entries:
        return
    some = [dataclasses.replace(entry) for entry in open_entries]
    try:
        lookups.guarded(lambda: check_some(some))
    except lookups.NoAnswer as error:
        for entry in open_entries:
            entry.fault = error
        return
    for entry, found in zip(open_entries, some, strict=True):
        entry.fault, entry.is_copy = found.fault, found.is_copy


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
    """Refuse the entries that do not point into their own backups.

    The backups of the others get the one spelling of their container.
    """

    def check_own(entry: entries.Entry) -> None:
        repository.check_location(entry.record)

    def find_source(entry: entries.Entry) -> None:
        source_id = repository.source_id(entry.record)
        entry.is_copy = (
            copies is Copies.RETAINED and source_id != entry.record.id
        )
        if entry.is_copy and not fields.has_volume(entry.record):
            raise naming.refusal(
                'service_metadata',
                'names the data of another backup, and the record does not '
                'name the volume that would prove that it is the same',
            )

    _refuse(page, check_own if copies is Copies.REFUSED else find_source)
    for entry in page:
        if entry.is_open:
            container = repository.normal_container(entry.record.container)
            entry.record.container = entry.values['container'] = container


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
    context: typing.Any,
    page: Page,
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
    copies: Copies,
) -> None:
    """Refuse the entries whose data is not there, as far as is asked for."""
    unproven = _find_unproven(page, host.repository, copies)
    wanted = {
        entry.record.id: entry
        for entry in page
        if entry.is_open
        and (
            options.verify != options.VERIFY_NONE
            or entry.record.id in unproven
        )
    }
    if not wanted:
        return
    try:
        lookup = _lookup(host)
    except exception.Refused as error:
        if options.verify != options.VERIFY_NONE:
            raise
        # The others need no storage.
        for entry in wanted.values():
            entry.fault = error
        return
    if lookup is None:
        _leave_unlooked(wanted, unproven)
        return
    faults = lookup.find_faults(
        [_as_owned(entry) for entry in wanted.values()]
    )
    for backup_id, fault in faults.items():
        wanted[backup_id].fault = fault
    if any(
        fault.code is reasons.Reason.DATA_UNREADABLE
        for fault in faults.values()
    ):
        host.drivers.forget(context)


def _find_unproven(
    page: Page, repository: Repository, copies: Copies
) -> set[str]:
    """Return the ids of those that have to be looked at in any case."""
    if copies is Copies.ACCEPTED:
        # The catalog has the records of backups that were there.
        return set()
    found: set[str] = set()

    def collect(entry: entries.Entry) -> None:
        if repository.must_look(entry.record):
            found.add(entry.record.id)

    _refuse(page, collect)
    return found


def _as_owned(entry: entries.Entry) -> typing.Any:
    """Return the record of an entry, with the project that is to have it."""
    project_id = entry.values['project_id']
    if entry.record.project_id == project_id:
        return entry.record
    changed = vars(entry.record) | {'project_id': project_id}
    return types.SimpleNamespace(**changed)


def _lookup(host: rows.Host) -> base.Lookup | None:
    """Return what looks for data, None if this host cannot look.

    :raises DriverUnusable: if the driver cannot be built
    """
    lookup = host.repository.lookup
    if lookup is not None:
        host.repository.prepare()
    return lookup


def _leave_unlooked(
    page: dict[str, entries.Entry], unproven: set[str]
) -> None:
    """Refuse the entries that have to be looked at; warn of the others.

    :param page: by backup id
    :param unproven: the ids of those that have to be looked at
    """
    unchecked = []
    for backup_id, entry in page.items():
        if backup_id in unproven:
            entry.fault = exception.Refused(
                reasons.Reason.DATA_UNREADABLE,
                'the record does not prove that the data it names is its '
                'own, and the libraries to look at it are not installed on '
                'the host of cinder-backup',
            )
        else:
            unchecked.append(backup_id)
    if unchecked:
        LOG.warning(
            'This backup driver does not allow checking whether the data of '
            'a backup exists. Imported unchecked: %s.',
            ', '.join(unchecked),
        )


def _ask_driver(context: typing.Any, page: Page, host: rows.Host) -> None:
    """Refuse the entries that the driver itself does not take."""
    # None of Cinder's own drivers has anything against a record.
    if not host.drivers.overrides('import_record'):
        return
    driver = host.drivers.get(context)

    def ask(entry: entries.Entry) -> None:
        backup = rows.to_backup(context, entry.record, entry.values)
        try:
            driver.import_record(backup, entry.record.driver_info or {})
        except Exception as error:
            # The driver may be third-party code; every error means the same.
            LOG.exception(
                'The backup driver refuses record %s.', entry.record.id
            )
            raise exception.Refused(
                reasons.Reason.DRIVER_REFUSED,
                f'the backup driver refuses the record: '
                f'{quoting.quote(error, 300)}',
            ) from None

    _refuse(page, ask)
