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

"""Rows of ``backups`` as record strings, many at a time.

Byte for byte what :class:`cinder_backup_meta.objects.BackupRecord` writes of
the same backup, without an object for each.
"""

from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import functools
import typing

from cinder import objects as cinder_objects
from cinder.objects import fields as cinder_fields
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta import log as logging
from cinder_backup_meta.record import codec
from cinder_backup_meta.repositories import drivers

LOG = logging.getLogger(__name__)

# NULL in the rows of drivers that do not count objects, and in all that Cinder
# made before 29. Its objects, and its records, have 0 then, as they have for a
# row without a size.
_NUMBERS = ('object_count', 'num_dependent_backups', 'size')

AVAILABLE = cinder_fields.BackupStatus.AVAILABLE

#: One that is being restored is left out by the export of a single record,
#: as in Cinder; an export of many, which may be all that is left one day,
#: cannot do without it.
WHOLE = backups.WHOLE


@dataclasses.dataclass
class Sorted:
    """Rows whose backups are whole, by who can write their records.

    :ivar own: those of the host's own driver
    :ivar any: those of Cinder's other drivers, which add nothing to a record,
        so that any host can write theirs
    :ivar none: those of other drivers, which may have to add something
    """

    own: list[sa.engine.Row] = dataclasses.field(default_factory=list)
    any: list[sa.engine.Row] = dataclasses.field(default_factory=list)
    none: list[sa.engine.Row] = dataclasses.field(default_factory=list)


def sort(rows: Iterable[sa.engine.Row], driver_name: str) -> Sorted:
    """Return the rows of backups that are whole, sorted.

    :param driver_name: the class path of the host's backup driver
    """
    found = Sorted()
    is_own = functools.cache(
        # Rows from before Cinder kept the driver have no service.
        lambda name: not name or drivers.is_driver(name, driver_name)
    )
    for row in rows:
        if row.status not in WHOLE:
            continue
        if is_own(row.service):
            found.own.append(row)
        elif drivers.is_in_tree(row.service):
            found.any.append(row)
        else:
            found.none.append(row)
    return found


def make(
    context: typing.Any,
    rows: Sequence[sa.engine.Row],
    found: drivers.Instances | None = None,
) -> dict[str, str]:
    """Return the record strings of backups, by id.

    It runs in the transaction that its caller has begun and adds one
    statement to it.

    :param rows: as :mod:`cinder_backup_meta.db.cinder.backups` returns them; a
        backup that is being restored is written as the available one that it
        will be again
    :param found: the instances of the backup driver, of which one is built
        and asked only if it has information of its own to add. A backup that
        it fails for is absent; the log says why.
    :raises DriverUnusable: if none can be built
    """
    metadata = backups.metadata_of(context, [row.id for row in rows])
    ask = _asker(context, found) if rows else None
    made = {}
    # Looking these up row by row would take longer than all the rest.
    names = rows[0]._fields if rows else ()
    for row in rows:
        values = dict(zip(names, row, strict=True))
        for name in _NUMBERS:
            values[name] = values[name] or 0
        values['metadata'] = metadata.get(row.id, {})
        if row.status in WHOLE:
            values['status'] = AVAILABLE
        try:
            values['driver_info'] = ask(values) if ask else {}
            made[row.id] = codec.encode(values)
        except Exception:
            # The driver may be third-party code; every error means the same.
            LOG.exception('Cannot make the record of backup %s.', row.id)
            if found is not None:
                found.forget(context)
    return made


def _asker(context: typing.Any, found: drivers.Instances | None) -> typing.Any:
    """Return what asks the driver, None if it has nothing to add."""
    if found is None or not found.overrides('export_record'):
        return None
    driver = found.get(context)

    def ask(values: dict[str, typing.Any]) -> typing.Any:
        known = cinder_objects.Backup.fields
        backup = cinder_objects.Backup(
            context,
            **{name: values[name] for name in known if name in values},
        )
        return driver.export_record(backup)

    return ask
