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

"""The contents of an unfinished export: FILE.part.

It has the lines of the bundle and some of its own: a first line with the
version, a line for each backup that was left out and, at the end of each page,
one that says where the export continues. That line has the SHA-256 of the
whole file before it and of itself. The file is only ever appended to, so an
interruption at any moment leaves all earlier pages whole.
"""

from collections.abc import Iterator
import hashlib
import os
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import part
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta.client.bundle import target
from cinder_backup_meta.client.bundle import writer
from cinder_backup_meta import reasons

SUFFIX = part.SUFFIX

# Version 1 was the bundle itself with unprotected lines about its pages.
_FIRST = format.write(
    {'format': 'cinder-backup-meta unfinished bundle', 'version': 2}
)
_FAMILY = _FIRST[: _FIRST.index(b'meta ')]
_OMITTED = b'{"omitted": '
_PAGE = b'{"page": '
_KEYS = {'marker', 'sha256'}


class Seal:
    """The digest of everything in FILE.part so far."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, lines: bytes) -> None:
        """Add lines that are not the end of a page."""
        self._digest.update(lines)

    def end_page(self, marker: str | None) -> bytes:
        """Add the line at the end of a page, and return it."""
        self._digest.update(format.write({'page': {'marker': marker}}))
        page = {'marker': marker, 'sha256': self._digest.hexdigest()}
        return format.write({'page': page})


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
        self._seal = Seal()
        with self._where.writing():
            target.check(file, force)
            self._stream = (
                part.find(self._where)
                if resume
                else part.create(self._where, force)
            )
        try:
            with self._where.writing():
                self._resume(header) if resume else self._begin(header)
        except BaseException:
            self.close()
            raise

    def _begin(self, header: format.Header) -> None:
        line = format.write_header(header)
        self._tally.add_header(line)
        self._seal.add(_FIRST + line)
        self._append(_FIRST + line)

    def _append(self, lines: bytes) -> None:
        self._stream.write(lines)
        self._stream.flush()

    def _write_page(
        self, lines: bytes, omitted: typing.Sequence[format.Document]
    ) -> None:
        # One line for each, because the length of a line is limited.
        lines += b''.join(format.write({'omitted': item}) for item in omitted)
        self._seal.add(lines)
        self._append(lines + self._seal.end_page(self.marker))

    def _resume(self, header: format.Header) -> None:
        """Read up to the end of the last whole page."""
        self._check_first()
        self._cut()
        lines = self._bundle_lines()
        first = next(lines, None)
        if first is None:
            # It was interrupted before it had written a header.
            self._stream.truncate(0)
            self._begin(header)
            return
        self._check_header(format.read_header(first, self._where), header)
        self._tally.add_header(first)
        self._seal.add(_FIRST + first)
        omitted: list[format.Document] = []
        for line in lines:
            self._read(line, omitted)
        self._where.line = 0

    def _check_first(self) -> None:
        """Check the first line before anything is cut off."""
        self._stream.seek(0)
        first = self._stream.readline(len(_FIRST))
        if _FIRST.startswith(first):
            return
        if first.startswith(_FAMILY):
            raise self._where.refused_whole(
                reasons.Reason.BUNDLE_VERSION_UNKNOWN,
                'another release of this program has left it, and this one '
                'cannot continue it; discard it with --force, and export '
                'again',
            )
        raise self._where.refused_whole(
            reasons.Reason.BUNDLE_NOT_A_BUNDLE,
            'it does not begin like an unfinished bundle; use another name, '
            'or discard it with --force',
        )

    def _check_header(
        self, found: format.Header, wanted: format.Header
    ) -> None:
        if (found.cloud, found.selection) != (wanted.cloud, wanted.selection):
            raise self._where.refused_whole(
                reasons.Reason.BUNDLE_PART_DIFFERS,
                f'the interrupted export asked for {found.selection} of '
                f'{found.cloud}; ask for the same again, or discard it with '
                '--force',
            )

    def _bundle_lines(self) -> Iterator[bytes]:
        """Return the lines after the first."""
        self._where.line = 0
        lines = source.lines(self._stream, self._where)
        next(lines, None)
        return lines

    def _cut(self) -> None:
        """Truncate the file after the last whole page."""
        end = number = 0
        self._stream.seek(0)
        while line := self._stream.readline(format.MAX_LINE + 1):
            number += 1
            # The first two lines begin the file.
            whole = number <= 2 or line.startswith(_PAGE)
            if whole and line.endswith(b'\n'):
                end = self._stream.tell()
        self._stream.truncate(end)

    def _read(self, line: bytes, omitted: list[format.Document]) -> None:
        """Read a line; collect what is omitted until the page ends."""
        document = format.read(line, self._where)
        if line.startswith(_PAGE):
            self._read_page(line, document['page'])
            self._end_page(document['page']['marker'], omitted)
            omitted.clear()
            return
        self._seal.add(line)
        if line.startswith(_OMITTED):
            omitted.append(document['omitted'])
        else:
            entry = format.read_entry(document, False, self._where)
            self._count(entry, line)

    def _read_page(self, line: bytes, page: typing.Any) -> None:
        if (
            not isinstance(page, dict)
            or page.keys() != _KEYS
            or not isinstance(page['marker'], str | None)
        ):
            raise self._where.refused(
                reasons.Reason.BUNDLE_LINE_INVALID,
                'it does not say where to continue; discard it with --force',
            )
        if line != self._seal.end_page(page['marker']):
            raise self._altered('the lines up to it were altered')

    def _altered(self, detail: str) -> Exception:
        return self._where.refused(
            reasons.Reason.BUNDLE_ALTERED,
            f'{detail}; discard it with --force, and export again',
        )

    def finish(self) -> None:
        """Write the bundle and remove FILE.part."""
        with self._where.writing():
            target.write(self._file, self._lines(), self._force)
            os.unlink(self._where.file)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of the finished bundle."""
        tally = format.Tally()
        lines = self._bundle_lines()
        first = next(lines, b'')
        tally.add_header(first)
        yield first
        for line in lines:
            if not line.startswith((_PAGE, _OMITTED)):
                tally.add_record(line)
                yield line
        if tally.trailer() != self._tally.trailer():
            self._where.line = 0
            raise self._altered('it has changed while it was being written')
        yield tally.trailer()

    def close(self) -> None:
        """Close the file; an unfinished bundle can be resumed."""
        self._stream.close()
