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

"""Reading a bundle: all of it is verified before a record is given out."""

from collections.abc import Iterator
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import lines as bundle_lines
from cinder_backup_meta.client.bundle import order as bundle_order
from cinder_backup_meta.client.bundle import place as places
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta import reasons


class Reader:
    """A verified bundle, open for reading.

    It can be used as a context manager, which closes it.

    :param file: a path, or - for the standard input
    :ivar header: its :class:`bundle_format.Header`
    :ivar records: the number of its records
    :raises BundleRefused: if it is truncated, altered, or no bundle at all
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
        place = places.Place(self._file)
        lines = source.lines(self._stream, place)
        return bundle_lines.read_header(next(lines, None), place)

    def entries(self) -> Iterator[format.Entry]:
        """Yield the records, parents before children.

        Each time from the beginning, and in one pass of flat memory, which
        verifies the file once more: it may have changed.

        :raises BundleRefused: if it has changed
        """
        place = places.Place(self._file)
        lines = source.lines(self._stream, place)
        first = next(lines, b'')
        newer = bundle_lines.is_newer(
            bundle_lines.read_header(first, place), place
        )
        tally = format.Tally()
        tally.add_header(first)
        order = bundle_order.Order()
        for line in lines:
            document = bundle_lines.read(line, place)
            if 'sha256' in document:
                self._check_end(line, next(lines, None), tally, place)
                return
            entry = bundle_lines.read_entry(document, newer, place)
            order.add(entry, place)
            tally.add_record(line)
            yield entry
        raise source.truncated(place)

    def _check_end(
        self,
        line: bytes,
        after: bytes | None,
        tally: format.Tally,
        place: places.Place,
    ) -> None:
        # Letter by letter, so that nothing in the line itself can be altered.
        if line != tally.trailer():
            raise _altered(place, 'its last line does not fit the others')
        if after is not None:
            raise _altered(place, 'something follows what was its last line')
        if line != (self._trailer or line):
            raise _altered(place, 'it has changed since it was verified')
        self._trailer = line

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def __enter__(self) -> 'Reader':
        return self

    def __exit__(self, *_error: typing.Any) -> None:
        self.close()


def _altered(place: places.Place, detail: str) -> Exception:
    return place.refused_whole(
        reasons.Reason.BUNDLE_ALTERED,
        f'{detail}; copy it again, or export again',
    )
