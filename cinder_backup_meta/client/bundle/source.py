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

"""The bytes that a bundle is read from, line by line."""

from collections.abc import Iterator
import contextlib
import shutil
import sys
import tempfile
import typing

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import location
from cinder_backup_meta.client.bundle import zstd
from cinder_backup_meta import reasons

STDIN = '-'

# Compression makes real exported records about ten times smaller. A file with
# a far higher ratio was made to exhaust memory and time.
MAX_RATIO = 1000


def open_file(file: str) -> typing.BinaryIO:
    """Open a file that a bundle is read from; it can be read repeatedly.

    :param file: a path, or - for the standard input; what is not seekable is
        copied into a temporary file that has no name
    :raises BundleRefused: if it cannot be read
    """
    with location.Location(describe(file)).reading():
        stream = sys.stdin.buffer if file == STDIN else open(file, 'rb')
        return stream if _is_file(stream) else _spool(stream)


def describe(file: str) -> str:
    """Return the name of a file for error messages."""
    return 'standard input' if file == STDIN else file


def _is_file(stream: typing.BinaryIO) -> bool:
    # The standard input is not ours to rewind.
    return stream is not sys.stdin.buffer and stream.seekable()


def _spool(stream: typing.BinaryIO) -> typing.BinaryIO:
    spool = tempfile.TemporaryFile()
    shutil.copyfileobj(stream, spool, 1 << 20)
    return spool


def lines(
    stream: typing.BinaryIO, where: location.Location
) -> Iterator[bytes]:
    """Yield all lines from the beginning, each with its line feed.

    :param where: the location in the file, moved forward with each line
    :raises BundleRefused: if the file ends within a line, or cannot be read
    """
    try:
        with where.reading(), _content(stream) as content:
            yield from _lines(content, stream, where)
    except EOFError:
        raise truncated(where) from None
    except zstd.ERROR as error:
        raise where.refused(
            reasons.Reason.BUNDLE_NOT_DECOMPRESSED,
            f'{error}; copy it again, or compress it again with fewer options',
        ) from error


def _content(
    stream: typing.BinaryIO,
) -> contextlib.AbstractContextManager[typing.BinaryIO]:
    stream.seek(0)
    if zstd.is_compressed(stream):
        return zstd.reader(stream)
    return contextlib.nullcontext(stream)


def _lines(
    content: typing.BinaryIO,
    stream: typing.BinaryIO,
    where: location.Location,
) -> Iterator[bytes]:
    size = 0
    while line := content.readline(format.MAX_LINE + 1):
        where.line += 1
        size += len(line)
        if len(line) > format.MAX_LINE:
            raise _too_large(where, 'the line is longer than any record')
        if not line.endswith(b'\n'):
            raise truncated(where)
        if size > 2 * format.MAX_LINE + MAX_RATIO * stream.tell():
            raise _too_large(
                where, f'it is compressed to less than 1/{MAX_RATIO}'
            )
        yield line


def truncated(where: location.Location) -> Exception:
    """Return the error for a file whose end is missing."""
    return where.refused(
        reasons.Reason.BUNDLE_TRUNCATED,
        'the rest of the bundle is missing; copy it again, or export again',
    )


def _too_large(where: location.Location, detail: str) -> Exception:
    return where.refused(
        reasons.Reason.BUNDLE_TOO_LARGE, f'{detail}; export again'
    )
