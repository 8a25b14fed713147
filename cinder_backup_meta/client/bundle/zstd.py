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

"""Zstandard compression, from the standard library or its backport."""

import sys
import typing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX = '.zst'
ERROR = zstd.ZstdError

_MAGIC = b'\x28\xb5\x2f\xfd'

# A window of 8 MiB: the largest that every decompressor is recommended to
# support, and enough for compression up to level 19.
_WINDOW_LOG = 23


def is_compressed(stream: typing.BinaryIO) -> bool:
    """Return whether a file is compressed, whatever its name.

    :param stream: the file, at its beginning; its position is restored
    """
    magic = stream.read(len(_MAGIC))
    stream.seek(0)
    return magic == _MAGIC


def reader(stream: typing.BinaryIO) -> typing.BinaryIO:
    """Return the decompressed content of a file; the memory is bounded."""
    options: dict[int, int] = {
        zstd.DecompressionParameter.window_log_max: _WINDOW_LOG
    }
    return typing.cast(
        typing.BinaryIO, zstd.ZstdFile(stream, 'rb', options=options)
    )


def writer(stream: typing.BinaryIO) -> typing.BinaryIO:
    """Return a stream that compresses into a file, which it never closes."""
    options: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
    return typing.cast(
        typing.BinaryIO, zstd.ZstdFile(stream, 'wb', options=options)
    )
