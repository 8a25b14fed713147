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

"""The records of a page, from what they say to the rows that they become."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import dataclasses
import types
import typing

from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import zones
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import fields

CONF = cfg.CONF
conf.register_opts(CONF)

_UNSET = dict.fromkeys(fields.READERS)


@dataclasses.dataclass(slots=True, eq=False)
class Entry:
    """One record of a page.

    :ivar record: what it says, with None for what it lacks; None if it cannot
        be read. A versioned object for each would take longer than the rest
    :ivar named: what is known of the backup of a record that cannot be read,
        by the names in :data:`cinder_backup_meta.record.fields.NAMING`
    :ivar service: the backup driver that it was made with, as the record or
        the request names it
    :ivar owner: who will own the backup, None if that is not known
    :ivar values: the columns of the row that it becomes
    :ivar fault: why it is refused, None as long as it is not
    :ivar is_ours: it was made of a row of this cloud itself, whatever the
        clocks of its hosts said
    :ivar note: what its owner has to know if it is not refused, or None
    :ivar is_there: its backup is there already
    :ivar is_copy: it names the data of another backup and is to be retained
    :ivar deletions: the deletions of its data, id and time of each, that were
        there before the data was looked for
    :ivar twin: an earlier entry of the same backup. If this one is not refused
        it is of the same string and shares its fate
    """

    record: typing.Any = None
    service: str | None = None
    owner: rows.Owner | None = None
    values: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    fault: exception.Refused | None = None
    is_ours: bool = False
    note: str | None = None
    is_there: bool = False
    is_copy: bool = False
    deletions: set[tuple[str, typing.Any]] = dataclasses.field(
        default_factory=set
    )
    twin: 'Entry | None' = None
    named: dict[str, typing.Any] = dataclasses.field(default_factory=dict)

    def name(self, field: str) -> typing.Any:
        """Return a field that tells which backup it is, None if unknown."""
        if self.record is None:
            return self.named.get(field)
        return getattr(self.record, field)

    @property
    def is_open(self) -> bool:
        """Whether a backup is still to be made of it."""
        return self.fault is None and not self.is_there and self.twin is None


def of_strings(
    strings: Sequence[str], ignore_unknown: bool = False
) -> list[Entry]:
    """Return an entry for each record string, in order.

    A string that cannot be read as a record is refused in its entry, and so
    is a second, different one of the same backup.

    :param ignore_unknown: read them without the keys that are no fields
    """
    skew = CONF.backup_meta.clock_skew
    page = [_read(string, skew, ignore_unknown) for string in strings]
    _mark_repeated(page, strings)
    return page


def of_catalog(
    found: Sequence[typing.Any], ignore_unknown: bool = False
) -> list[Entry]:
    """Return an entry for each row of the catalog, in order.

    The records were made of this cloud's own rows, of different backups. The
    times in them are those of the clocks of its hosts, and are not judged.

    :param found: rows as those of :func:`.catalog.queries.next_page`
    """
    page = [_read(row.record, None, ignore_unknown) for row in found]
    for entry, row in zip(page, found, strict=True):
        entry.is_ours = True
        entry.named = {
            'id': row.id,
            'project_id': row.project_id,
            'display_name': row.name,
            'size': row.size,
            'parent_id': row.parent_id,
        }
    return page


def of_record(record: objects.BackupRecord, service: str) -> list[Entry]:
    """Return a page of one record that has been read already.

    :param service: the backup driver that the caller names
    """
    return [_entry(record.values(), service)]


def _read(string: str, clock_skew: int | None, ignore_unknown: bool) -> Entry:
    try:
        values = codec.decode(string, clock_skew, ignore_unknown)
    except exception.RecordRefused as error:
        return Entry(fault=error, named=error.named)
    return _entry(values, values.get('service'))


def _entry(values: dict[str, typing.Any], service: str | None) -> Entry:
    return Entry(types.SimpleNamespace(**(_UNSET | values)), service)


def _mark_repeated(page: list[Entry], strings: Sequence[str]) -> None:
    """Leave no two open entries with the same id."""
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
                f'a different record of backup {entry.record.id} precedes it '
                'in the same page',
            )


def complete(
    context: typing.Any,
    page: list[Entry],
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
) -> None:
    """Add owner and row to the open entries, or refuse them.

    Refused are records of another backup driver than the host's, those that
    are to name their owner and do not, and those that no host would serve.
    """
    add = _completer(context, options, host)
    for entry in page:
        if entry.is_open:
            try:
                add(entry)
            except exception.Refused as error:
                entry.fault = error


def _completer(
    context: typing.Any,
    options: objects.BackupRecordBatchOptions,
    host: rows.Host,
) -> Callable[[Entry], None]:
    """Return what completes one entry; it raises Refused."""
    checked: set[str | None] = set()
    known = None
    if options.keep_host:
        known = zones.Zones(context, host.name, host.availability_zone)

    def complete_one(entry: Entry) -> None:
        record = entry.record
        entry.owner = _owner_of(context, record, options)
        # A row from before Cinder kept the driver is one of any host's own.
        service = entry.service or (host.service if entry.is_ours else None)
        if service not in checked:
            host.check_service(service)
            checked.add(service)
        place = zones.Place(host.name, host.availability_zone)
        if known is not None:
            place = known.place(record.host, record.availability_zone)
        entry.note = place.note
        entry.values = rows.row_values(
            record, entry.owner, place.host, place.zone, host.service
        )

    return complete_one


def _owner_of(
    context: typing.Any,
    record: typing.Any,
    options: objects.BackupRecordBatchOptions,
) -> rows.Owner:
    """Return the owner, replaced by the caller's maps where they have one.

    :raises Refused: if the record is to name the owner and does not
    """
    owner = rows.owner_of(context, record, options)
    if options.owner == options.OWNER_IMPORTER:
        return owner
    return rows.Owner(
        options.users.get(owner.user_id, owner.user_id),
        options.projects.get(owner.project_id, owner.project_id),
    )


def faults_of(page: list[Entry]) -> dict[str, exception.Refused]:
    """Return by backup id why records of a page are refused.

    A record that cannot be read counts if it is the only one of its backup.
    """
    readable = {entry.record.id for entry in page if entry.record}
    faults = {}
    for entry in page:
        backup_id = entry.name('id')
        if entry.fault and backup_id and not entry.twin:
            if entry.record or backup_id not in readable:
                faults[backup_id] = entry.fault
    return faults


def metadata_of(entries: Iterable[Entry]) -> dict[str, dict[str, str]]:
    """Return the metadata of records that have some, by backup id."""
    return {
        entry.record.id: entry.record.metadata
        for entry in entries
        if entry.record.metadata
    }
