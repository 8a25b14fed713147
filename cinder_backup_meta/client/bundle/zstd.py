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

"""Compression with Zstandard, from Python itself or from its backport."""

import sys
import typing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SUFFIX = '.zst'
ERROR = zstd.ZstdError

_MAGIC = b'\x28\xb5\x2f\xfd'

# A window of 8 MiB, which is the most that a decompressor is recommended to
# support and all that compression needs up to level 19.
_WINDOW_LOG = 23


def is_compressed(stream: typing.BinaryIO) -> bool:
    """Tell whether a file is compressed, whatever its name.

    :param stream: at the beginning of the file, and left there
    """
    magic = stream.read(len(_MAGIC))
    stream.seek(0)
    return magic == _MAGIC


def reader(stream: typing.BinaryIO) -> typing.BinaryIO:
    """Return what a file holds; the memory that it takes is bounded."""
    options: dict[int, int] = {
        zstd.DecompressionParameter.window_log_max: _WINDOW_LOG
    }
    return typing.cast(
        typing.BinaryIO, zstd.ZstdFile(stream, 'rb', options=options)
    )


def writer(stream: typing.BinaryIO) -> typing.BinaryIO:
    """Return what compresses into a file; closing it leaves that open."""
    options: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
    return typing.cast(
        typing.BinaryIO, zstd.ZstdFile(stream, 'wb', options=options)
    )
