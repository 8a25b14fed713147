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

"""Writing a bundle, page by page as an export delivers them."""

import abc
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import location


class Writer(abc.ABC):
    """A bundle open for writing.

    It can be used as a context manager, which closes it. Every method raises
    BundleRefused if the file cannot be written.

    :param file: the name of what the lines are written to, for error messages
    :ivar marker: where the export continues; None before the first page and
        after the last
    :ivar done: whether the last page has been added
    :ivar omitted: what the export has left out so far, as in the answer to
        the REST call
    """

    def __init__(self, file: str) -> None:
        self.marker: str | None = None
        self.done = False
        self.omitted: list[format.Document] = []
        self._where = location.Location(file)
        self._tally = format.Tally()
        self._order = format.Order()

    @property
    def records(self) -> int:
        """The number of records in it."""
        return self._tally.records

    def add_page(
        self,
        entries: typing.Iterable[format.Entry],
        marker: str | None,
        omitted: typing.Sequence[format.Document] = (),
    ) -> None:
        """Add a page, except for backups that have been added before.

        An export repeats an ancestor in each page that needs it.

        :param marker: where the next page begins; None after the last one
        :raises BundleRefused: if a parent comes after its child
        """
        lines = []
        for entry in entries:
            if entry.id not in self._order:
                line = format.write_entry(entry)
                self._count(entry, line)
                lines.append(line)
        self._end_page(marker, omitted)
        with self._where.writing():
            self._write_page(b''.join(lines), omitted)

    def _count(self, entry: format.Entry, line: bytes) -> None:
        self._order.add(entry, self._where)
        self._tally.add_record(line)

    def _end_page(
        self,
        marker: str | None,
        omitted: typing.Sequence[format.Document],
    ) -> None:
        self.marker = marker
        self.done = marker is None
        self.omitted += omitted

    @abc.abstractmethod
    def _write_page(
        self, lines: bytes, omitted: typing.Sequence[format.Document]
    ) -> None:
        """Write the lines of a page, and what else belongs to the page."""

    @abc.abstractmethod
    def finish(self) -> None:
        """Complete the bundle; no reader accepts it before that."""

    def close(self) -> None:  # noqa: B027 (most have nothing to close)
        """Leave the bundle as it is."""

    def __enter__(self) -> 'Writer':
        return self

    def __exit__(self, *_error: typing.Any) -> None:
        self.close()


class StreamWriter(Writer):
    """A bundle that is written straight to a stream, such as a pipe.

    :param stream: is flushed at the end, and never closed
    """

    def __init__(
        self,
        file: str,
        stream: typing.BinaryIO,
        header: format.Header,
    ) -> None:
        super().__init__(file)
        self._stream = stream
        line = format.write_header(header)
        self._tally.add_header(line)
        with self._where.writing():
            stream.write(line)

    def _write_page(
        self, lines: bytes, omitted: typing.Sequence[format.Document]
    ) -> None:
        self._stream.write(lines)

    def finish(self) -> None:
        """Write the last line."""
        with self._where.writing():
            self._stream.write(self._tally.trailer())
            self._stream.flush()
