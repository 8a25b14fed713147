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

"""What is looked at before the import of a page touches the database.

The single checks are those of :mod:`cinder_backup_meta.importer.checks`;
here each place is asked once for the whole page.
"""

from collections.abc import Callable
import typing

from oslo_log import log as logging

from cinder_backup_meta import exception
from cinder_backup_meta.importer import checks
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import keys
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)

Page = list[entries.Entry]


def check_locations(
    page: Page, repository: repository_base.Repository, with_copies: bool
) -> None:
    """Refuse the entries that don't point into their own backups.

    :param with_copies: into those of others of their volumes will do
    """
    _refuse(
        page,
        lambda entry: checks.check_location(
            entry.record, repository, with_copies
        ),
    )


def check_page(
    context: typing.Any,
    page: Page,
    options: objects.BackupRecordBatchOptions,
    home: rows.Home,
    driver: typing.Any,
    repository: repository_base.Repository,
) -> None:
    """Refuse the entries that can't be imported, in the order of a single.

    The entries must have passed :func:`check_locations`.
    """
    if not options.allow_missing_key:
        _check_keys(context, page)
    _check_data(page, options, repository)
    _ask_driver(context, page, home, driver)


def _refuse(page: Page, check: Callable[[entries.Entry], object]) -> None:
    for entry in page:
        if entry.is_open:
            try:
                check(entry)
            except exception.Refused as error:
                entry.fault = error


def _check_keys(context: typing.Any, page: Page) -> None:
    wanted = {
        entry.values['encryption_key_id']: entry
        for entry in page
        if entry.is_open and entry.values['encryption_key_id']
    }
    faults = keys.find_faults(context, list(wanted))
    for entry in page:
        if entry.is_open:
            entry.fault = faults.get(entry.values['encryption_key_id'])


def _check_data(
    page: Page,
    options: objects.BackupRecordBatchOptions,
    repository: repository_base.Repository,
) -> None:
    wanted: dict[str, entries.Entry] = {}

    def sort_out(entry: entries.Entry) -> None:
        if checks.is_to_be_looked_at(entry.record, options, repository):
            wanted[entry.record.id] = entry

    _refuse(page, sort_out)
    if not wanted:
        return
    if repository.lookup is None:
        LOG.warning(
            'Whether the data of %d backups is there can not be told with '
            'this backup driver; they are imported unseen.',
            len(wanted),
        )
        return
    faults = repository.lookup.find_faults(
        [entry.record for entry in wanted.values()]
    )
    for backup_id, fault in faults.items():
        wanted[backup_id].fault = fault


def _ask_driver(
    context: typing.Any, page: Page, home: rows.Home, driver: typing.Any
) -> None:
    if not drivers.overrides(type(driver), 'import_record'):
        return

    def ask(entry: entries.Entry) -> None:
        # It is open, so it has one.
        owner = typing.cast(rows.Owner, entry.owner)
        backup = rows.to_backup(context, entry.record, home, owner)
        checks.ask_driver(backup, entry.record, driver)

    _refuse(page, ask)
