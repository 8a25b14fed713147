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

"""Comparing the backup repository with Cinder's rows and the catalog."""

from collections.abc import Iterator
import typing

from cinder_backup_meta.catalog import states
from cinder_backup_meta.checker import findings
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import locations
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import paging
from cinder_backup_meta import exception
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import loading
from cinder_backup_meta.repositories import lookup as lookups
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.retention import presence

Code = findings.Code


def check(
    context: typing.Any,
    report: findings.Report,
    found: drivers.Instances,
) -> None:
    """Compare the repository of one driver, in both directions.

    :param found: the instances of the driver
    :raises Refused: if nothing in the repository can be looked up
    """
    driver_name = found.service
    repository = loading.load(found, context)
    if repository.lookup is None:
        raise exception.Refused(
            reasons.Reason.DATA_UNREADABLE,
            f'the data of the backup driver {driver_name} cannot be looked up '
            'from here',
        )
    repository.prepare()
    for page in paging.pages(context, locations.available_after):
        _check_page(
            context, report, repository, repository.lookup, driver_name, page
        )
    if repository.listing is None:
        report.add(
            Code.DRIVER_OTHER,
            f'what the driver {driver_name} stores beyond the backups cannot '
            'be listed',
        )
        return
    for stored in _batches(context, repository.listing):
        report.compared['stored_backups'] += len(stored)
        _check_stored(context, report, repository.listing, stored)


def _check_page(
    context: typing.Any,
    report: findings.Report,
    repository: base.Repository,
    lookup: base.Lookup,
    driver_name: str,
    page: list[typing.Any],
) -> None:
    faults: dict[str, tuple[Code, str]] = {}
    to_look = []
    for row in page:
        if not drivers.is_driver(row.service, driver_name):
            faults[row.id] = (
                Code.DRIVER_OTHER,
                f'its data is that of the driver {row.service}',
            )
            continue
        try:
            repository.source_id(row)
        except exception.Refused as error:
            faults[row.id] = Code.LOCATION_INVALID, str(error)
        else:
            to_look.append(row)
    report.compared['looked_up'] += len(to_look)
    for backup_id, fault in lookups.guarded(
        lambda: lookup.find_faults(to_look)
    ).items():
        faults[backup_id] = _finding(fault)
    if not faults:
        return
    with models.main_context_manager.reader.using(context):
        # The data of what was deleted meanwhile has to be gone.
        still = locations.available_among(context, faults)
    for row in page:
        if row.id in faults and row.id in still:
            code, detail = faults[row.id]
            report.add(
                code, detail, backup_id=row.id, project_id=row.project_id
            )


def _finding(fault: exception.Refused) -> tuple[Code, str]:
    """Return the code and the text for what a lookup has found."""
    if isinstance(fault, base.DataMissing):
        return Code.DATA_MISSING, fault.what
    if fault.code is reasons.Reason.DATA_NOT_LOOKED_AT:
        return Code.DATA_NOT_LOOKED_AT, str(fault)
    return Code.DATA_UNREADABLE, str(fault)


def _containers(context: typing.Any) -> Iterator[str]:
    """Yield the containers.

    They are read only if the repository asks for them: a file system has a
    great many and does not.
    """
    with models.main_context_manager.reader.using(context):
        found = locations.containers(context)
    yield from found


def _batches(
    context: typing.Any, listing: base.Listing
) -> Iterator[set[base.Stored]]:
    """Yield what is stored, without keeping all of it in memory."""
    batch: set[base.Stored] = set()
    for stored in listing.find_stored(_containers(context)):
        batch.add(stored)
        if len(batch) == paging.PAGE:
            yield batch
            batch = set()
    if batch:
        yield batch


def _check_stored(
    context: typing.Any,
    report: findings.Report,
    listing: base.Listing,
    batch: set[base.Stored],
) -> None:
    """Add a finding for what neither a backup nor a record names."""
    ids = sorted({stored.backup_id for stored in batch})
    with models.main_context_manager.reader.using(context):
        rows = locations.prefixes(context, ids)
    kept = _entries(context, ids)
    unclaimed = []
    for stored in batch:
        row, entry = rows.get(stored.backup_id), kept.get(stored.backup_id)
        if row is not None and _is_own(row, stored):
            continue
        if row is None and entry is not None and entry.state != states.DELETED:
            # Not unclaimed but lost, as the check of the catalog finds.
            continue
        unclaimed.append((stored, _why(row, entry)))
    copied = _copied(context, [stored for stored, _reason in unclaimed])
    for stored, why in unclaimed:
        if stored in copied or not listing.is_stored(stored):
            continue
        report.add(
            Code.DATA_UNCLAIMED,
            f'objects {quoting.quote(stored.prefix, 300)}... in '
            f'{quoting.quote(stored.container, 300)}: {why}',
            backup_id=stored.backup_id,
        )


def _copied(
    context: typing.Any, unclaimed: list[base.Stored]
) -> set[base.Stored]:
    """Return those that are named by a backup with another id."""
    if not unclaimed:
        return set()
    prefixes = [stored.prefix for stored in unclaimed]
    with models.main_context_manager.reader.using(context):
        named = locations.naming(context, prefixes)
    return {
        stored
        for stored in unclaimed
        if any(_is_own(row, stored) for row in named)
    }


def _entries(context: typing.Any, ids: list[str]) -> dict[str, typing.Any]:
    # Without the catalog, the data of lost backups would be unclaimed.
    if not presence.is_there(context, note=False):
        return {}
    with session.errors_refused(), session.reader(context):
        return entries.standing(context, ids)


def _is_own(row: typing.Any, stored: base.Stored) -> bool:
    """Return whether a backup names what is stored, or may do so later."""
    if row.service_metadata is None or row.container is None:
        return True
    return bool(
        row.service_metadata == stored.prefix
        and naming.normal_path(row.container) == stored.container
    )


def _why(row: typing.Any, entry: typing.Any) -> str:
    if row is not None:
        return f'the backup is {row.status} and names other objects'
    if entry is not None:
        return 'the backup is deleted, and these are left'
    return 'neither Cinder nor the catalog knows the backup'
