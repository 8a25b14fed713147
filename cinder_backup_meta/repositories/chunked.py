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

"""Repositories of the drivers derived from Cinder's ChunkedBackupDriver.

Those drivers write a backup as many objects into one container. The names of
all begin with the backup's ``service_metadata``, here called the prefix: data
objects ``-00001`` and so on, a ``_sha256file`` and, written last, the
metadata object ``_metadata``, which lists the data objects.
"""

import abc
import bisect
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import io
import os.path
import re
import typing

from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta.formats import chunked as chunked_format
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import storage
from cinder_backup_meta.formats import volume_size
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.repositories import naming

#: The objects of one container: sizes in bytes by the end of the name after
#: the prefix, by prefix.
Sizes = dict[str, dict[str, int]]

# All drivers have ended the prefix like this since 2015.1, and posix since
# 10.0.3.
_PREFIX = '.*_backup_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'
_WHOLE_PREFIX = re.compile(_PREFIX)
_OBJECT = re.compile(
    f'({_PREFIX})'
    f'(?:{chunked_format.METADATA}|{chunked_format.SHA256}|-[0-9]{{5,}})'
)


class ChunkedRepository(base.Repository, base.Lookup, base.Listing):
    """The backups that a driver derived from ``ChunkedBackupDriver`` stores.

    A subclass says which containers and prefixes its driver writes, and how
    its storage is listed.
    """

    def check_location(self, record: typing.Any) -> None:
        """See :meth:`base.Repository.check_location`."""
        source_id = self.source_id(record)
        if source_id != record.id:
            raise naming.refusal(
                'service_metadata',
                f'names the data of backup {source_id}, but the id of the '
                f'record is {record.id}; a second backup of the same data is '
                'made only by the import of a single record into the '
                'importer\'s own project, as with "cinder backup-import"',
            )

    def source_id(self, record: typing.Any) -> str:
        """See :meth:`base.Repository.source_id`."""
        self._check_container(naming.check_text(record, 'container'))
        prefix = naming.check_text(record, 'service_metadata')
        source_id = _source_id(record)
        self._check_prefix(prefix, record, source_id)
        return source_id

    def must_look(self, record: typing.Any) -> bool:
        """See :meth:`base.Repository.must_look`.

        Only the metadata object of a copy's data tells whether the data is
        that of the record's volume and chain.
        """
        return bool(_source_id(record) != record.id)

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Lookup.find_faults`.

        Each container is listed once, however many of the records are in it,
        and the metadata object of each record is read.
        """
        containers: dict[str, list[typing.Any]] = {}
        for record in records:
            containers.setdefault(record.container, []).append(record)
        found = lookup.side_by_side(self._find, list(containers.values()))
        work = [
            (record, sizes)
            for sizes, members in zip(found, containers.values(), strict=True)
            for record in members
        ]
        faults = lookup.side_by_side(
            lambda pair: self._find_fault(*pair), work
        )
        return {
            record.id: fault
            for (record, _sizes), fault in zip(work, faults, strict=True)
            if fault
        }

    def _find(self, records: list[typing.Any]) -> Sizes | exception.Refused:
        """Return the objects of some records, all in the same container."""
        prefixes = sorted({record.service_metadata for record in records})
        container = records[0].container
        try:
            entries = self._list(container, os.path.commonprefix(prefixes))
            return group_by_prefix(_noted(entries), prefixes)
        except Exception as error:
            return self._explain(error, 'its container is missing')

    def _find_fault(
        self, record: typing.Any, sizes: Sizes | exception.Refused
    ) -> exception.Refused | None:
        if isinstance(sizes, exception.Refused):
            return sizes
        stored = sizes[record.service_metadata]
        if not stored:
            return base.DataMissing('all of its objects are missing')
        missing = 'its metadata object is missing'
        if chunked_format.METADATA not in stored:
            return base.DataMissing(missing)
        if stored[chunked_format.METADATA] > json_stream.MAX_SIZE:
            return base.DataMissing(str(chunked_format.too_large()))
        name = record.service_metadata + chunked_format.METADATA
        try:
            with self._open(record.container, name) as stream:
                volume = chunked_format.check(
                    stream,
                    record,
                    self.driver.DRIVER_VERSION_MAPPING,
                    _source_id(record),
                    stored,
                )
            self._check_size(record, volume, stored)
        except chunked_format.Malformed as error:
            return base.DataMissing(str(error))
        except Exception as error:
            return self._explain(error, missing)
        return None

    def _check_size(
        self,
        record: typing.Any,
        volume: chunked_format.Volume,
        stored: dict[str, int],
    ) -> None:
        """Raise Malformed if the size of a record is not that of its data."""
        length, end = volume.length, chunked_format.SHA256
        if volume == (None, None) and end in stored:
            name = record.service_metadata + end
            with self._open(record.container, name) as stream:
                length = chunked_format.read_length(stream, stored[end])
        if fault := volume_size.find_fault(record, volume.size, length):
            raise chunked_format.Malformed(fault)

    def volume_metadata(self, record: typing.Any) -> str | None:
        """See :meth:`base.Repository.volume_metadata`."""
        name = record.service_metadata + chunked_format.METADATA
        try:
            with self._open(record.container, name) as stream:
                return chunked_format.read_volume_metadata(stream)
        except chunked_format.Malformed as error:
            raise base.DataMissing(str(error)) from error
        except Exception as error:
            missing = 'its metadata object is missing'
            raise self._explain(error, missing) from error

    def _explain(self, error: Exception, missing: str) -> exception.Refused:
        """Return what an error of the storage means for a record.

        :param error: any exception, as each storage's library has its own
        :param missing: what is missing if the error says that
        """
        if self._is_gone(error):
            return base.DataMissing(missing)
        return lookup.unreadable(error)

    def find_stored(self, containers: Iterable[str]) -> Iterator[base.Stored]:
        """See :meth:`base.Listing.find_stored`."""
        wanted = {*containers, self.driver.backup_default_container}
        for container in sorted(name for name in wanted if name):
            names = self._names(container, '')
            yield from stored_backups(container, names)

    def is_stored(self, stored: base.Stored) -> bool:
        """See :meth:`base.Listing.is_stored`."""
        names = self._names(stored.container, stored.prefix)
        return stored in stored_backups(stored.container, names)

    def _names(self, container: str, prefix: str) -> Iterator[str]:
        """Yield the names of objects; none if the container is missing."""
        try:
            for name, _size in self._list(container, prefix):
                yield name
        except Exception as error:
            fault = self._explain(error, '')
            if not isinstance(fault, base.DataMissing):
                raise fault from error

    @property
    def storage(self) -> storage.Storage | None:
        """See :attr:`base.Repository.storage`."""
        return _Storage(self)

    def _connect(self) -> typing.Any:
        """Return the driver with a connection for the current thread."""
        return self.driver

    @contextlib.contextmanager
    def _open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        """Open an object for reading, and close it after the block.

        By default the object is read whole, as all that Cinder's drivers
        promise is to read it so. Override it where the storage can give a
        part of an object.
        """
        # ChunkedBackupDriver itself reads by this private method, which under
        # eventlet wraps the public one so that it does not block.
        with self._connect()._get_object_reader(container, name) as reader:
            content = reader.read()
        yield io.BytesIO(content)

    @abc.abstractmethod
    def _check_container(self, container: str) -> None:
        """Raise Refused if the storage cannot have such a container.

        :raises Refused: with CONTAINER_INVALID
        """

    @abc.abstractmethod
    def _check_prefix(
        self, prefix: str, record: typing.Any, source_id: str
    ) -> None:
        """Raise Refused if this is not the prefix of a backup.

        A prefix that passes must not begin with one that passes for another
        backup.

        :param record: its volume is the one that the prefix has to name
        :param source_id: the backup that the prefix has to name
        :raises Refused: with SERVICE_METADATA_INVALID
        """

    @abc.abstractmethod
    def _list(self, container: str, prefix: str) -> Iterable[tuple[str, int]]:
        """Return names and sizes in bytes of the objects with a prefix."""

    @abc.abstractmethod
    def _is_gone(self, error: Exception) -> bool:
        """Return whether an error means that the container is missing.

        For an error of ``_open``, that the object is missing.
        """


class _Storage(storage.Storage):
    """The storage of a repository, as the data engine reads it."""

    def __init__(self, repository: ChunkedRepository) -> None:
        self._repository = repository

    @contextlib.contextmanager
    def open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        """See :meth:`.storage.Storage.open`."""
        with contextlib.ExitStack() as stack:
            with self._missing():
                stream = stack.enter_context(
                    self._repository._open(container, name)
                )
            yield _Stream(stream, self._missing)

    def sizes(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        """See :meth:`.storage.Storage.sizes`."""
        with self._missing():
            yield from self._repository._list(container, prefix)

    @contextlib.contextmanager
    def _missing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._repository._is_gone(error):
                raise storage.ObjectMissing() from error
            raise


class _Stream:
    """A stream of a driver, which may ask for the object only when read."""

    def __init__(
        self,
        stream: json_stream.Readable,
        missing: Callable[[], contextlib.AbstractContextManager[None]],
    ) -> None:
        self._stream = stream
        self._missing = missing

    def read(self, size: int, /) -> bytes:
        with self._missing():
            return self._stream.read(size)


def named_id(prefix: str | None) -> str | None:
    """Return the id of the backup that a ``service_metadata`` names.

    :returns: None if it names no backup, as with Cinder up to 10.0 and with
        the drivers of other families
    """
    match = _WHOLE_PREFIX.fullmatch(prefix or '')
    return match and match[1]


def _source_id(record: typing.Any) -> str:
    """Return the id that a record's prefix names; its own if none."""
    return typing.cast(str, named_id(record.service_metadata) or record.id)


def group_by_prefix(
    entries: Iterable[tuple[str, int]], prefixes: list[str]
) -> Sizes:
    """Return the sizes of objects by prefix and by the end of the name.

    Objects with none of the prefixes are dropped: a container may hold any
    number of other backups.

    :param entries: names and sizes of objects
    :param prefixes: sorted; none begins with another
    """
    found: Sizes = {prefix: {} for prefix in prefixes}
    for name, size in entries:
        # The only prefix that the name can have is the last one that does
        # not sort after it.
        place = bisect.bisect_right(prefixes, name)
        prefix = prefixes[place - 1] if place else None
        if prefix and name.startswith(prefix):
            found[prefix][name[len(prefix) :]] = size
    return found


def stored_backups(
    container: str, names: Iterable[str]
) -> Iterator[base.Stored]:
    """Yield the backups that some objects of a container belong to."""
    last = None
    for name in names:
        match = _OBJECT.fullmatch(name)
        # The objects of a backup mostly follow each other.
        if match and match[1] != last:
            last = match[1]
            yield base.Stored(container, match[1], match[2])


def _noted(entries: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield the entries of a listing, each of which is an answer.

    That of a large container takes longer than a storage may be silent.
    """
    for entry in entries:
        deadlines.progress()
        yield entry
