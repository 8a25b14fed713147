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

"""Copying files without filling their holes."""

import errno
import os
import typing

_PIECE = 16 * 1024 * 1024


def _extents(source: int, size: int) -> typing.Iterator[tuple[int, int]]:
    """Yield the ranges of a file that hold data, as (start, end)."""
    end = 0
    while end < size:
        try:
            start = os.lseek(source, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        end = os.lseek(source, start, os.SEEK_HOLE)
        yield start, end


def _copy_extent(source: int, target: int, start: int, end: int) -> None:
    while start < end:
        piece = os.pread(source, min(_PIECE, end - start), start)
        if not piece:
            return
        written = 0
        while written < len(piece):
            written += os.pwrite(target, piece[written:], start + written)
        start += len(piece)


def copy(source_path: str, target_path: str, size: int) -> None:
    """Copy a file into a new one of the given size in bytes.

    :raises OSError: if the target exists, the source does not, or the disk is
        full
    """
    with open(source_path, 'rb') as source, open(target_path, 'xb') as target:
        target.truncate(size)
        available = min(size, os.fstat(source.fileno()).st_size)
        for start, end in _extents(source.fileno(), available):
            _copy_extent(
                source.fileno(), target.fileno(), start, min(end, available)
            )


def grow(path: str, size: int) -> None:
    """Extend a file to a size in bytes, if it is shorter."""
    if os.path.getsize(path) < size:
        os.truncate(path, size)
