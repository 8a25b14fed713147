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

"""Chains of backups in a folder, as Cinder's posix driver writes them."""

import bz2
import hashlib
import json
import os
import pathlib
import random
import uuid
import zlib

from cinder_backup_meta.formats import compression
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import storage

COMPRESS = {
    'none': None,
    'zlib': zlib.compress,
    'gzip': zlib.compress,
    'bz2': bz2.compress,
    'bzip2': bz2.compress,
    'zstd': compression.zstd.compress,
}


def some_bytes(rng, size):
    """Return bytes that can be compressed a little."""
    return rng.randbytes(size // 2).ljust(size, b'x')


def md5(data):
    """Return the MD5 of some bytes as Cinder writes it."""
    return hashlib.md5(data).hexdigest()


class Writer:
    """Writes backups of one volume, each on top of the one before.

    :param folder: where to write them
    :param block: bytes of a hash block
    :param chunk: bytes of the largest data object
    :ivar backups: the backups so far, the newest first
    """

    def __init__(self, folder, block=1024, chunk=8192, name='none', seed=0):
        self.storage = storage.Folder(str(folder))
        self.backups = []
        self._folder = pathlib.Path(folder)
        self._block = block
        self._chunk = chunk
        self._name = name
        self._rng = random.Random(seed)
        self._volume_id = self._id()
        self._hashes = None

    def _id(self):
        return str(uuid.UUID(int=self._rng.getrandbits(128)))

    def path(self, position, suffix):
        """Return the path of an object of a backup."""
        backup = self.backups[position]
        return self._folder / backup.container / (backup.prefix + suffix)

    def read_json(self, position, suffix):
        """Return what one of the describing objects has."""
        return json.loads(self.path(position, suffix).read_text())

    def write_json(self, position, suffix, document):
        """Write one of the describing objects as Cinder does."""
        text = json.dumps(document, sort_keys=True, indent=2)
        self.path(position, suffix).write_text(text)

    def write(self, volume):
        """Back the bytes of a volume up, as an increment if it can be."""
        backup_id = self._id()
        prefix = f'volume_{self._volume_id}_20261126000000_backup_{backup_id}'
        container = os.path.join(backup_id[:2], backup_id[2:4], backup_id)
        os.makedirs(self._folder / container)
        self.backups.insert(0, layers.Backup(backup_id, container, prefix))
        old, self._hashes = self._hashes, self._hash(volume)
        extents = self._changed(volume, old)
        entries = [
            self._write_object(number, start, volume[start:end])
            for number, (start, end) in enumerate(extents, 1)
        ]
        self._describe(entries)

    def _hash(self, volume):
        return [
            hashlib.sha256(volume[place : place + self._block]).hexdigest()
            for place in range(0, len(volume), self._block)
        ]

    def _changed(self, volume, old):
        """Yield the extents to write, as ``ChunkedBackupDriver.backup``."""
        for chunk in range(0, len(volume), self._chunk):
            chunk_end = min(chunk + self._chunk, len(volume))
            if old is None:
                yield chunk, chunk_end
                continue
            start = None
            for place in range(chunk, chunk_end, self._block):
                index = place // self._block
                if self._hashes[index] == old[index]:
                    if start is not None:
                        yield start, place
                    start = None
                elif start is None:
                    start = place
            if start is not None:
                yield start, chunk_end

    def _write_object(self, number, offset, data):
        name, stored = 'none', data
        if compress := COMPRESS[self._name]:
            compressed = compress(data)
            if len(compressed) < len(data):
                name, stored = self._name, compressed
        suffix = f'-{number:05}'
        self.path(0, suffix).write_bytes(stored)
        return {
            self.backups[0].prefix + suffix: {
                'offset': offset,
                'length': len(data),
                'compression': name,
                'md5': md5(data),
            }
        }

    def _describe(self, entries):
        heading = {
            'version': '1.0.0',
            'backup_id': self.backups[0].id,
            'volume_id': self._volume_id,
            'backup_name': f'backup {len(self.backups)}',
            'backup_description': None,
            'created_at': '2026-11-26 00:00:00+00:00',
        }
        parent = self.backups[1].id if len(self.backups) > 1 else None
        self.write_json(
            0,
            '_sha256file',
            {**heading, 'chunk_size': self._block, 'sha256s': self._hashes},
        )
        self.write_json(
            0,
            '_metadata',
            {
                **heading,
                'objects': entries,
                'parent_id': parent,
                'volume_meta': None,
            },
        )


def states(rng, size, block, number):
    """Yield a volume in a number of states, each with some blocks changed.

    Blocks go from data to zeros and back as well, and a state can be as the
    one before.
    """
    volume = bytearray(size)
    for start in range(0, size, block):
        if rng.random() < 0.6:
            length = len(volume[start : start + block])
            volume[start : start + length] = some_bytes(rng, length)
    yield bytes(volume)
    for _ in range(number - 1):
        for _ in range(rng.randrange(size // block // 2)):
            start = rng.randrange(0, size, block)
            end = min(start + block * rng.randrange(1, 5), size)
            data = bytes(end - start)
            if rng.random() < 0.7:
                data = some_bytes(rng, end - start)
            volume[start:end] = data
        yield bytes(volume)
