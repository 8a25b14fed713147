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

"""The file of an export that is not finished: FILE.part.

It has the lines of the bundle, and after those of each page one line that no
bundle has: where the export goes on. It is only ever appended to, so that an
interruption at any moment leaves all pages before it whole.
"""

from collections.abc import Iterator
import os
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import lines as bundle_lines
from cinder_backup_meta.client.bundle import lock
from cinder_backup_meta.client.bundle import source
from cinder_backup_meta.client.bundle import target
from cinder_backup_meta.client.bundle import writer
from cinder_backup_meta import reasons

SUFFIX = '.part'

_PAGE = b'{"page": '
_KEYS = {'marker', 'omitted', 'sha256'}


class PartWriter(writer.Writer):
    """A bundle that is FILE.part until it is finished.

    :param file: the path of the bundle
    :param header: what the export asks for
    :param force: replace the file if it is there, and discard what an
        interrupted export has left
    :param resume: go on with that instead
    :raises BundleRefused: if the file can't be written, or is there, or has
        to do with another export
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
        with self._place.writing():
            target.check(file, force)
            self._stream = lock.open_locked(self._place, not resume)
        try:
            with self._place.writing():
                self._resume(header) if resume else self._begin(header)
        except BaseException:
            self.close()
            raise

    def _begin(self, header: format.Header) -> None:
        if os.fstat(self._stream.fileno()).st_size and not self._force:
            raise self._place.refused_whole(
                reasons.Reason.BUNDLE_PART_EXISTS,
                'an interrupted export is there; go on with --resume, or '
                'discard it with --force',
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
        """Go to the end of the last whole page."""
        self._cut()
        lines = source.lines(self._stream, self._place)
        first = next(lines, b'')
        found = bundle_lines.read_header(first, self._place)
        if (found.cloud, found.selection) != (header.cloud, header.selection):
            raise self._place.refused_whole(
                reasons.Reason.BUNDLE_PART_DIFFERS,
                f'the interrupted export asked for {found.selection} of '
                f'{found.cloud}; ask for the same again, or discard it with '
                '--force',
            )
        self._tally.add_header(first)
        for line in lines:
            self._read(line)
        self._place.line = 0

    def _cut(self) -> None:
        """Drop the lines behind the last whole page."""
        end = 0
        self._stream.seek(0)
        while line := self._stream.readline(format.MAX_LINE + 1):
            if line.endswith(b'\n') and (not end or line.startswith(_PAGE)):
                end = self._stream.tell()
        self._stream.truncate(end)

    def _read(self, line: bytes) -> None:
        document = bundle_lines.read(line, self._place)
        if 'page' not in document:
            entry = bundle_lines.read_entry(document, False, self._place)
            self._take(entry, line)
            return
        page = document['page']
        if not isinstance(page, dict) or page.keys() != _KEYS:
            raise self._place.refused(
                reasons.Reason.BUNDLE_LINE_INVALID,
                'it does not say where to go on; discard it with --force',
            )
        if page['sha256'] != self._tally.digest:
            raise self._place.refused(
                reasons.Reason.BUNDLE_ALTERED,
                'the lines before it were altered; discard it with --force',
            )
        self._turn(page['marker'], page['omitted'])

    def finish(self) -> None:
        """Write the bundle and remove the part."""
        with self._place.writing():
            target.write(self._file, self._lines(), self._force)
            os.unlink(self._place.file)

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of the finished bundle."""
        self._place.line = 0
        for line in source.lines(self._stream, self._place):
            if not line.startswith(_PAGE):
                yield line
        yield self._tally.trailer()

    def close(self) -> None:
        """Leave a bundle that is not finished to be resumed."""
        self._stream.close()
