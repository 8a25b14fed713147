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

"""The file of an unfinished export: FILE.part.

It has the lines of the bundle and, after those of each page, one line that is
not part of a bundle: where the export continues. The file is only ever
appended to, so an interruption at any moment leaves all earlier pages whole.
One process at a time writes it, under a lock.
"""

from collections.abc import Iterator
import fcntl
import os
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import location
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta.client.bundle import target
from cinder_backup_meta.client.bundle import writer
from cinder_backup_meta import reasons

SUFFIX = '.part'

_ACCESS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_PAGE = b'{"page": '
_KEYS = {'marker', 'omitted', 'sha256'}


class PartWriter(writer.Writer):
    """A bundle that is FILE.part until it is finished.

    :param file: the path of the bundle
    :param header: the header, with what the export asks for
    :param force: replace an existing file, and discard what an interrupted
        export has left
    :param resume: continue the interrupted export instead
    :raises BundleRefused: if the file cannot be written, exists, or belongs
        to another export
    """

    def __init__(
        self,
        file: str,
        header: format.Header,
        force: bool = False,
        resume: bool = False,
    ) -> None:
        super().__init__(file + SUFFIX)
        self._file = file
        self._force = force
        with self._where.writing():
            target.check(file, force)
            self._stream = _open_locked(self._where, not resume)
        try:
            with self._where.writing():
                self._resume(header) if resume else self._begin(header)
        except BaseException:
            self.close()
            raise

    def _begin(self, header: format.Header) -> None:
        if os.fstat(self._stream.fileno()).st_size and not self._force:
            raise self._where.refused_whole(
                reasons.Reason.BUNDLE_PART_EXISTS,
                'an interrupted export has left this file; continue with '
                '--resume, or discard it with --force',
            )
        self._stream.truncate(0)
        line = format.write_header(header)
        self._tally.add_header(line)
        self._append(line)

    def _append(self, lines: bytes) -> None:
        self._stream.write(lines)
        self._stream.flush()

    def _write_page(
        self, lines: bytes, omitted: typing.Sequence[format.Document]
    ) -> None:
        page = {
            'marker': self.marker,
            'omitted': list(omitted),
            'sha256': self._tally.digest,
        }
        self._append(lines + format.write({'page': page}))

    def _resume(self, header: format.Header) -> None:
        """Read up to the end of the last whole page."""
        self._cut()
        lines = source.lines(self._stream, self._where)
        first = next(lines, b'')
        found = format.read_header(first, self._where)
        if (found.cloud, found.selection) != (header.cloud, header.selection):
            raise self._where.refused_whole(
                reasons.Reason.BUNDLE_PART_DIFFERS,
                f'the interrupted export asked for {found.selection} of '
                f'{found.cloud}; ask for the same again, or discard it with '
                '--force',
            )
        self._tally.add_header(first)
        for line in lines:
            self._read(line)
        self._where.line = 0

    def _cut(self) -> None:
        """Truncate the file after the last whole page."""
        end = 0
        self._stream.seek(0)
        while line := self._stream.readline(format.MAX_LINE + 1):
            if line.endswith(b'\n') and (not end or line.startswith(_PAGE)):
                end = self._stream.tell()
        self._stream.truncate(end)

    def _read(self, line: bytes) -> None:
        document = format.read(line, self._where)
        if 'page' not in document:
            entry = format.read_entry(document, False, self._where)
            self._count(entry, line)
            return
        page = document['page']
        if not isinstance(page, dict) or page.keys() != _KEYS:
            raise self._where.refused(
                reasons.Reason.BUNDLE_LINE_INVALID,
                'it does not say where to continue; discard it with --force',
            )
        if page['sha256'] != self._tally.digest:
            raise self._where.refused(
                reasons.Reason.BUNDLE_ALTERED,
                'the lines before it were altered; discard it with --force',
            )
        self._end_page(page['marker'], page['omitted'])

    def finish(self) -> None:
        """Write the bundle and remove FILE.part."""
        with self._where.writing():
            target.write(self._file, self._lines(), self._force)
            os.unlink(self._where.file)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of the finished bundle."""
        self._where.line = 0
        for line in source.lines(self._stream, self._where):
            if not line.startswith(_PAGE):
                yield line
        yield self._tally.trailer()

    def close(self) -> None:
        """Close the file; an unfinished bundle can be resumed."""
        self._stream.close()


def _open_locked(where: location.Location, create: bool) -> typing.BinaryIO:
    """Open the file that an export appends to, locked until it is closed.

    :param create: create it if it does not exist, readable by its owner only
    :raises BundleRefused: if it does not exist, or another process has it
    :raises OSError: if it cannot be opened
    """
    flags = _ACCESS | (os.O_CREAT if create else 0)
    try:
        number = os.open(where.file, flags, 0o600)
    except FileNotFoundError:
        if create:
            raise
        raise where.refused_whole(
            reasons.Reason.BUNDLE_PART_MISSING,
            'there is no interrupted export to continue; run the command '
            'without --resume',
        ) from None
    stream = open(number, 'r+b')
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise where.refused_whole(
            reasons.Reason.BUNDLE_PART_BUSY,
            'another export is writing this file; wait until it has finished',
        ) from None
    return stream
