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

"""Reading a page: what its strings say, before anything is looked up."""

from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import types
import typing

from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta.importer import checks
from cinder_backup_meta.importer import rows
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import fields

CONF = cfg.CONF
conf.register_opts(CONF)

_UNSET = dict.fromkeys(fields.READERS)


@dataclasses.dataclass(slots=True, eq=False)
class Entry:
    """One string of a page.

    :ivar record: what it says, with None for what it lacks; None if it can't
        be read. A versioned object for each would take longer than the rest
    :ivar owner: who will own the backup, None if that can't be told
    :ivar values: the columns of the row that it becomes
    :ivar fault: why it is refused, None as long as it is not
    :ivar is_there: its backup is there already
    :ivar twin: an earlier entry of the same backup. If this one is not refused
        it is of the same string and shares its fate
    """

    record: typing.Any = None
    owner: rows.Owner | None = None
    values: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    fault: exception.Refused | None = None
    is_there: bool = False
    twin: 'Entry | None' = None

    @property
    def is_open(self) -> bool:
        """Whether a backup is still to be made of it."""
        return self.fault is None and not self.is_there and self.twin is None


def faults_of(page: list[Entry]) -> dict[str, exception.Refused]:
    """Return by backup id why records of a page are refused."""
    return {
        entry.record.id: entry.fault
        for entry in page
        if entry.fault and entry.record and not entry.twin
    }


def metadata_of(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """Return the metadata of records that have some, by backup id."""
    return {
        entry.record.id: entry.record.metadata
        for entry in entries
        if entry.record.metadata
    }


def read_page(
    context: typing.Any,
    strings: Sequence[str],
    options: objects.BackupRecordBatchOptions,
    home: rows.Home,
) -> list[Entry]:
    """Return an entry for each string, in order; the bad ones refused."""
    skew = CONF.backup_meta.clock_skew
    page = [_read(string, skew) for string in strings]
    _mark_repeated(page, strings)
    fill = _filler(context, options, home)
    for entry in page:
        if entry.is_open:
            try:
                fill(entry)
            except exception.Refused as error:
                entry.fault = error
    return page


def _read(string: str, clock_skew: int) -> Entry:
    try:
        values = codec.decode(string, clock_skew)
    except exception.RecordRefused as error:
        return Entry(fault=error)
    return Entry(types.SimpleNamespace(**(_UNSET | values)))


def _mark_repeated(page: list[Entry], strings: Sequence[str]) -> None:
    """See to it that no two open entries have the same id."""
    first: dict[str, tuple[Entry, str]] = {}
    for entry, string in zip(page, strings, strict=True):
        if entry.record is None:
            continue
        earlier, written = first.setdefault(entry.record.id, (entry, string))
        if earlier is entry:
            continue
        entry.twin = earlier
        if written != string:
            entry.fault = exception.Refused(
                reasons.Reason.DUPLICATE_RECORD,
                f'another record of backup {entry.record.id} stands before '
                'it in the same page, and they differ',
            )


def _filler(
    context: typing.Any,
    options: objects.BackupRecordBatchOptions,
    home: rows.Home,
) -> typing.Callable[[Entry], None]:
    """Return what fills in an entry's owner and row; it raises Refused."""
    checked: set[str | None] = set()
    keep_host = options.keep_host

    def fill(entry: Entry) -> None:
        record = entry.record
        entry.owner = _owner_of(context, record, options)
        if record.service not in checked:
            checks.check_service(record.service, home)
            checked.add(record.service)
        entry.values = rows.row_values(record, home, entry.owner)
        if keep_host:
            for name in ('host', 'availability_zone'):
                entry.values[name] = getattr(record, name) or getattr(
                    home, name
                )

    return fill


def _owner_of(
    context: typing.Any,
    record: typing.Any,
    options: objects.BackupRecordBatchOptions,
) -> rows.Owner:
    """Return the owner, as the caller's maps put another in its place.

    :raises Refused: if the record is to name the owner and does not
    """
    owner = rows.owner_of(context, record, options)
    if options.owner == options.OWNER_IMPORTER:
        return owner
    return rows.Owner(
        options.users.get(owner.user_id, owner.user_id),
        options.projects.get(owner.project_id, owner.project_id),
    )
