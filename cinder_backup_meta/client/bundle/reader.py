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

"""Reading a bundle: all of it is verified before any record is returned."""

from collections.abc import Iterator
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import location
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta import reasons


class Reader:
    """A verified bundle, open for reading.

    It can be used as a context manager, which closes it.

    :param file: a path, or - for the standard input
    :ivar header: its :class:`~cinder_backup_meta.client.bundle.format.Header`
    :ivar records: the number of its records
    :raises BundleRefused: if it is truncated, altered, or not a bundle
    """

    def __init__(self, file: str) -> None:
        self._file = source.describe(file)
        self._stream = source.open_file(file)
        self._trailer: bytes | None = None
        try:
            self.header = self._read_header()
            self.records = sum(1 for _entry in self.entries())
        except BaseException:
            self.close()
            raise

    def _read_header(self) -> format.Header:
        where = location.Location(self._file)
        lines = source.lines(self._stream, where)
        return format.read_header(next(lines, None), where)

    def entries(self) -> Iterator[format.Entry]:
        """Yield the records, parents before children.

        Each call starts from the beginning, takes one pass and little memory,
        and verifies the file again, because it may have changed.

        :raises BundleRefused: if it has changed
        """
        where = location.Location(self._file)
        lines = source.lines(self._stream, where)
        first = next(lines, b'')
        newer = format.is_newer(format.read_header(first, where), where)
        tally = format.Tally()
        tally.add_header(first)
        order = format.Order()
        for line in lines:
            document = format.read(line, where)
            if 'sha256' in document:
                self._check_end(line, next(lines, None), tally, where)
                return
            entry = format.read_entry(document, newer, where)
            order.add(entry, where)
            tally.add_record(line)
            yield entry
        raise source.truncated(where)

    def _check_end(
        self,
        line: bytes,
        after: bytes | None,
        tally: format.Tally,
        where: location.Location,
    ) -> None:
        # Byte for byte, because no digest covers the trailer itself.
        if line != tally.trailer():
            raise _altered(where, 'its last line does not match the others')
        if after is not None:
            raise _altered(where, 'there are more lines after its last one')
        if line != (self._trailer or line):
            raise _altered(where, 'it has changed since it was verified')
        self._trailer = line

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> 'Reader':
        return self

    def __exit__(self, *_error: typing.Any) -> None:
        self.close()


def _altered(where: location.Location, detail: str) -> Exception:
    return where.refused_whole(
        reasons.Reason.BUNDLE_ALTERED,
        f'{detail}; copy it again, or export again',
    )
