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

"""The object of hashes: a SHA-256 of each block of the whole volume.

Cinder's ``ChunkedBackupDriver._write_sha256file`` writes it for incremental
backups as for full ones, for it is what the next increment is made by. The
hashes of the newest backup of a chain therefore prove the whole volume.
"""

import os
import tempfile
import typing

from cinder_backup_meta.formats import json_stream

#: Bytes of a digest.
DIGEST = 32

#: The largest block that is accepted, in bytes: several of them are in memory
#: at once. Cinder's default is 32 KiB.
MAX_BLOCK = 16 * 2**20

# The smallest block that is accepted, which bounds the number of hashes.
MIN_BLOCK = 512

# Digests are kept in memory up to this size, those of 64 GiB by default, and
# in a temporary file beyond it.
_IN_MEMORY = 64 * 2**20

# Bytes of a volume of which nothing is known.
_MOST_VOLUME = 2**44

# The bytes of a hash in the JSON text, indented and with a comma, and of all
# else that there is.
_TEXT = 80
_HEADING = 2**20

_SUBJECT = 'its object of hashes'

#: What Cinder writes beside the hashes; the metadata object has it too.
SHARED = (
    'version',
    'backup_id',
    'volume_id',
    'backup_name',
    'backup_description',
    'created_at',
)


class Hashes:
    """The hashes of a volume's blocks.

    They can be read by several threads at once.

    :ivar block_size: bytes of a block; the last one may be shorter
    :ivar values: what the object says of the backup, by the names of SHARED
    """

    def __init__(self) -> None:
        self.block_size = 0
        self.values: dict[str, typing.Any] = {}
        self._digests = bytearray()
        self._file: typing.BinaryIO | None = None
        self._count = 0

    def __len__(self) -> int:
        """Return the number of blocks."""
        return self._count

    def digests(self, first: int, count: int) -> bytes:
        """Return the digests of some blocks, one after the other."""
        start, size = first * DIGEST, count * DIGEST
        if self._file is None:
            return bytes(self._digests[start : start + size])
        return os.pread(self._file.fileno(), size, start)

    def close(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()

    def _append(self, digest: bytes) -> None:
        self._digests += digest
        self._count += 1
        if len(self._digests) >= _IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()
        self._file.write(self._digests)
        self._digests.clear()

    def _finish(self) -> None:
        if self._file is not None:
            self._spill()
            self._file.flush()


def read(
    stream: json_stream.Readable, volume_size: int | None = None
) -> Hashes:
    """Read an object of hashes.

    :param volume_size: bytes of the volume as far as known, which bounds how
        much is read of a large object
    :raises json_stream.Malformed: if it is not what Cinder writes
    :raises Exception: what the storage raises when it is read
    """
    size = _MOST_VOLUME
    if volume_size is not None:
        size = min(volume_size, size)
    most = max(size // MIN_BLOCK + 1, _IN_MEMORY // DIGEST)
    hashes = Hashes()
    try:
        _fill(hashes, stream, most)
    except BaseException:
        hashes.close()
        raise
    return hashes


def _fill(hashes: Hashes, stream: json_stream.Readable, most: int) -> None:
    seen: set[str] = set()
    reader = json_stream.Reader(stream, _SUBJECT, most * _TEXT + _HEADING)
    for name, value in reader.members('sha256s'):
        if name in seen:
            raise _malformed('has a member twice')
        seen.add(name)
        if name == 'sha256s':
            _read_list(hashes, value, most)
        elif name == 'chunk_size':
            hashes.block_size = _block_size(value)
        elif name in SHARED:
            hashes.values[name] = value
    if lacking := {'sha256s', 'chunk_size', *SHARED} - seen:
        raise _malformed(f'has no {sorted(lacking)[0]}')
    hashes._finish()


def _block_size(value: typing.Any) -> int:
    if type(value) is not int or not MIN_BLOCK <= value <= MAX_BLOCK:
        raise _malformed(
            f'has blocks of another size than {MIN_BLOCK} to {MAX_BLOCK} bytes'
        )
    return value


def _read_list(hashes: Hashes, entries: typing.Any, most: int) -> None:
    for entry in entries:
        if len(hashes) == most:
            raise _malformed('has more hashes than the volume has blocks')
        hashes._append(_digest(entry, len(hashes)))
    if not len(hashes):
        raise _malformed('has no hashes')


def _digest(entry: typing.Any, number: int) -> bytes:
    try:
        digest = bytes.fromhex(entry)
        # Python would also read other forms of the same digits.
        if len(digest) == DIGEST and digest.hex() == entry:
            return digest
    except (TypeError, ValueError):
        pass
    raise _malformed(f'has no hash of block {number}')


def _malformed(text: str) -> json_stream.Malformed:
    return json_stream.Malformed(f'{_SUBJECT} {text}')
