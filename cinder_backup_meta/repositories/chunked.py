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

"""What the repositories of Cinder's chunked drivers have in common.

Those drivers write a backup as many objects whose names all begin with its
``service_metadata``, in one container: data objects ``-00001`` and so on, a
``_sha256file`` and, last of all, ``_metadata`` with the list of the rest.
"""

import abc
import bisect
from collections.abc import Iterable
from collections.abc import Iterator
import os.path
import re
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.formats import chunked
from cinder_backup_meta.repositories import base

# Of one container: sizes by the end of the name, by service_metadata.
Listing = dict[str, dict[str, int]]

# What all drivers write since 2015.1, or 10.0: where the prefix ends, and what
# follows it.
_PREFIX = '.*_backup_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'
_NAMED = re.compile(_PREFIX)
_STORED = re.compile(
    f'({_PREFIX})(?:{chunked.METADATA}|{chunked.SHA256}|-[0-9]{{5,}})'
)


class ChunkedRepository(base.Repository):
    """The backups that a ``ChunkedBackupDriver`` of Cinder's holds."""

    can_list = True

    def check_location(self, record: typing.Any) -> None:
        """See :meth:`base.Repository.check_location`."""
        source_id = self.source_id(record)
        if source_id != record.id:
            raise base.refusal(
                'service_metadata',
                f'names the data of backup {source_id}, and the id of the '
                f'record is {record.id}; two backups with the same data are '
                'made only by the import of a single record, for the '
                'importer\'s project, as with "cinder backup-import"',
            )

    def source_id(self, record: typing.Any) -> str:
        """See :meth:`base.Repository.source_id`."""
        self._check_container(base.check_text(record, 'container'))
        prefix = base.check_text(record, 'service_metadata')
        source_id = _source_id(record)
        self._check_prefix(prefix, record, source_id)
        return source_id

    def must_look(self, record: typing.Any) -> bool:
        """See :meth:`base.Repository.must_look`.

        That a copy is of the record's volume and chain, only the metadata
        object of its data tells.
        """
        return bool(_source_id(record) != record.id)

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Repository.find_faults`.

        Each container is listed once, however many of the records are in it,
        and each record's metadata object is read.
        """
        containers: dict[str, list[typing.Any]] = {}
        for record in records:
            containers.setdefault(record.container, []).append(record)
        listings = base.side_by_side(self._find, list(containers.values()))
        work = [
            (record, listing)
            for listing, members in zip(
                listings, containers.values(), strict=True
            )
            for record in members
        ]
        faults = base.side_by_side(lambda pair: self._find_fault(*pair), work)
        return {
            record.id: fault
            for (record, _listing), fault in zip(work, faults, strict=True)
            if fault
        }

    def _find(self, records: list[typing.Any]) -> Listing | exception.Refused:
        """List what the container of some records holds of them."""
        prefixes = sorted({record.service_metadata for record in records})
        container = records[0].container
        try:
            entries = self._list(container, os.path.commonprefix(prefixes))
            return sort(entries, prefixes)
        except Exception as error:
            return self._explain(error, 'its container is not there')

    def _find_fault(
        self, record: typing.Any, listing: Listing | exception.Refused
    ) -> exception.Refused | None:
        if isinstance(listing, exception.Refused):
            return listing
        stored = listing[record.service_metadata]
        if not stored:
            return base.DataMissing('nothing of it is there')
        lost = 'its metadata object is not there'
        if chunked.METADATA not in stored:
            return base.DataMissing(lost)
        if stored[chunked.METADATA] > chunked.MAX_SIZE:
            return base.DataMissing(str(chunked.too_large()))
        name = record.service_metadata + chunked.METADATA
        try:
            document = self._read(record.container, name)
        except Exception as error:
            return self._explain(error, lost)
        try:
            versions = self.driver.DRIVER_VERSION_MAPPING
            content = chunked.read(
                document, record, versions, _source_id(record)
            )
            chunked.check_stored(content, record, stored)
        except ValueError as error:
            return base.DataMissing(str(error))
        return None

    def _explain(self, error: Exception, gone: str) -> exception.Refused:
        """Return what an error of the storage means for a record."""
        # The libraries of the storages raise anything.
        if self._is_gone(error):
            return base.DataMissing(gone)
        return base.unreadable(error)

    def find_stored(self, containers: Iterable[str]) -> Iterator[base.Stored]:
        """See :meth:`base.Repository.find_stored`."""
        wanted = {*containers, self.driver.backup_default_container}
        for container in sorted(name for name in wanted if name):
            names = self._names(container, '')
            yield from whose(container, names)

    def is_stored(self, stored: base.Stored) -> bool:
        """See :meth:`base.Repository.is_stored`."""
        return any(
            one == stored
            for one in whose(
                stored.container, self._names(stored.container, stored.prefix)
            )
        )

    def _names(self, container: str, prefix: str) -> Iterator[str]:
        """Yield the names of objects; none if the container is not there."""
        try:
            for name, _size in self._list(container, prefix):
                yield name
        except Exception as error:
            fault = self._explain(error, '')
            if not isinstance(fault, base.DataMissing):
                raise fault from error

    def _connect(self) -> typing.Any:
        """Return the driver with a connection for the current thread."""
        return self.driver

    def _read(self, container: str, name: str) -> bytes:
        """Return a whole object, read as Cinder reads it."""
        # The driver's own way to one of its readers, whichever way of
        # threading Cinder runs with.
        with self._connect()._get_object_reader(container, name) as reader:
            return reader.read()

    @abc.abstractmethod
    def _check_container(self, container: str) -> None:
        """Raise CONTAINER_INVALID if the storage can't have it."""

    @abc.abstractmethod
    def _check_prefix(
        self, prefix: str, record: typing.Any, source_id: str
    ) -> None:
        """Raise SERVICE_METADATA_INVALID if it is not a backup's prefix.

        No prefix that passes may begin with one that passes for another
        backup.

        :param record: of the volume that the prefix has to name
        :param source_id: the backup that it has to name
        """

    @abc.abstractmethod
    def _list(self, container: str, prefix: str) -> Iterable[tuple[str, int]]:
        """Return the objects whose names begin so, with sizes in bytes."""

    @abc.abstractmethod
    def _is_gone(self, error: Exception) -> bool:
        """Tell whether an error means that what was asked for is not there."""


def named_id(prefix: str | None) -> str | None:
    """Return which backup a ``service_metadata`` names.

    :returns: None for one that names no backup, as those of Cinder up to
        10.0 and of the drivers of other families
    """
    match = _NAMED.fullmatch(prefix or '')
    return match and match[1]


def _source_id(record: typing.Any) -> str:
    """Return which backup a record names; its own where it names none."""
    return typing.cast(str, named_id(record.service_metadata) or record.id)


def sort(entries: Iterable[tuple[str, int]], prefixes: list[str]) -> Listing:
    """Return which objects belong to which of the prefixes.

    What belongs to none, in a container that others share, is not kept.

    :param entries: names and sizes of objects
    :param prefixes: sorted; none begins with another
    """
    found: Listing = {prefix: {} for prefix in prefixes}
    for name, size in entries:
        # The only prefix that the name can have is the last that is not
        # behind it.
        place = bisect.bisect_right(prefixes, name)
        prefix = prefixes[place - 1] if place else None
        if prefix and name.startswith(prefix):
            found[prefix][name[len(prefix) :]] = size
    return found


def whose(container: str, names: Iterable[str]) -> Iterator[base.Stored]:
    """Yield which backups some objects of a container are of."""
    last = None
    for name in names:
        match = _STORED.fullmatch(name)
        # Most come one after the other.
        if match and match[1] != last:
            last = match[1]
            yield base.Stored(container, match[1], match[2])
