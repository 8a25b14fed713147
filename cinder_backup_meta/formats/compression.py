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

"""Reading compressed data objects piece by piece.

Cinder compresses each object as a whole, ``gzip`` being another name for
zlib. An object can decompress to any size whatever its own is, so no more is
decompressed than the length that the backup's metadata object lists.
"""

import bz2
from collections.abc import Callable
from collections.abc import Iterator
import sys
import typing
import zlib

from cinder_backup_meta.formats import json_stream

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: How many bytes a piece has, unless the reader wants another number. Large
#: enough for the libraries to let other threads run, small enough for the
#: processor's cache.
PIECE = 2**18

# How many compressed bytes are read at once.
_INPUT = 2**18

# A window of 8 MiB: the largest that every decompressor is recommended to
# support. Cinder's compression level has one of 2 MiB.
_WINDOW_LOG = 23

# What the decompressors raise for bytes that they cannot read.
_ERRORS = (zlib.error, zstd.ZstdError, OSError, ValueError, EOFError)


class Damaged(ValueError):
    """An object is not what the metadata object says; the text says why."""


class _Decompressor(typing.Protocol):
    """What ``bz2`` and ``zstd`` have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflater:
    """The decompressor of zlib, with the interface of the others."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj()
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        rest = self._inflate.unconsumed_tail
        found = self._inflate.decompress(rest + data, max_length)
        # When it returns less than it may, it has nothing left.
        self.needs_input = (
            len(found) < max_length and not self._inflate.unconsumed_tail
        )
        return found


def _zstd() -> _Decompressor:
    options: dict[int, int] = {
        zstd.DecompressionParameter.window_log_max: _WINDOW_LOG
    }
    return typing.cast(_Decompressor, zstd.ZstdDecompressor(options=options))


_DECOMPRESSORS: dict[str, Callable[[], _Decompressor] | None] = {
    'none': None,
    'off': None,
    'no': None,
    'zlib': _Inflater,
    'gzip': _Inflater,
    'bz2': bz2.BZ2Decompressor,
    'bzip2': bz2.BZ2Decompressor,
    'zstd': _zstd,
}

#: The names of the known kinds of compression. Cinder ignores their case.
NAMES = tuple(_DECOMPRESSORS)


def pieces(
    stream: json_stream.Readable,
    name: str,
    length: int,
    size: int = PIECE,
    first: int | None = None,
) -> Iterator[bytes]:
    """Yield the data of an object; only the last piece may be shorter.

    What precedes a fault is yielded before the fault is raised. Memory is
    bounded by the size of a piece, whatever the object holds.

    :param name: the kind of compression, one of NAMES in lower case
    :param length: how many bytes the data has to have
    :param size: how many bytes a piece has
    :param first: how many bytes the first piece has, if not as many
    :raises Damaged: if the object has more or less data, or other content
    :raises Exception: what the storage raises when it is read
    """
    source = _open(stream, name)
    left = length
    while left:
        want = min(left, size if first is None else first)
        first = None
        piece, fault = _read(source, want)
        left -= len(piece)
        if piece:
            yield piece
        if fault:
            raise fault
        if len(piece) < want:
            raise Damaged(
                f'ends after {length - left} of {length} bytes of data'
            )
    if source(1):
        raise Damaged(f'holds more than its {length} bytes of data')


def _read(
    source: Callable[[int], bytes], want: int
) -> tuple[bytes, Exception | None]:
    """Return the next bytes, and the fault that comes after them."""
    parts: list[bytes] = []
    fault = None
    try:
        while want and (part := source(want)):
            parts.append(part)
            want -= len(part)
    except Exception as error:
        fault = error
    return parts[0] if len(parts) == 1 else b''.join(parts), fault


def _open(stream: json_stream.Readable, name: str) -> Callable[[int], bytes]:
    """Return a function that returns the next bytes, none at the end."""
    make = _DECOMPRESSORS[name]
    if make is None:
        return _Plain(stream).read
    return _Source(stream, name, make()).read


class _Plain:
    """An object that is not compressed."""

    def __init__(self, stream: json_stream.Readable) -> None:
        self._stream = stream
        self._rest = b''

    def read(self, limit: int) -> bytes:
        # A stream may return more than it was asked for.
        data = self._rest or self._stream.read(limit)
        self._rest = data[limit:]
        return data[:limit]


class _Source:
    """A compressed object that is read and decompressed as needed."""

    def __init__(
        self,
        stream: json_stream.Readable,
        name: str,
        decompressor: _Decompressor,
    ) -> None:
        self._stream = stream
        self._name = name
        self._decompressor = decompressor

    def read(self, limit: int) -> bytes:
        while not self._decompressor.eof:
            data = b''
            if self._decompressor.needs_input:
                data = self._stream.read(_INPUT)
                if not data:
                    raise Damaged('is cut off in its compressed data')
            if found := self._decompress(data, limit):
                return found
        if self._decompressor.unused_data or self._stream.read(1):
            raise Damaged('goes on after the end of its compressed data')
        return b''

    def _decompress(self, data: bytes, limit: int) -> bytes:
        try:
            return self._decompressor.decompress(data, limit)
        except _ERRORS as error:
            raise Damaged(
                f'cannot be decompressed as {self._name} ({error})'
            ) from error
