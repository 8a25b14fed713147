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

"""The data of backups: stock Cinder's restore beside the data engine.

Both read what the same Cinder has written with the posix driver. A restore
writes the volume; a replay proves it against its hashes instead.
"""

import contextlib
import json
import random
import subprocess
import sys

from tools.benchmark import meter
from tools.benchmark import parts

_MIB = 2**20
_BLOCK = 2**15
_COMPRESSIONS = ('zlib', 'zstd')

# Cinder's default; the embedded Cinder has a smaller one.
_OBJECT = 61035 * 2**15

# Runs of changed blocks, in blocks.
_RUNS = 16


class Content:
    """Blocks of data: text, some that cannot be compressed, some zeros."""

    def __init__(self, seed):
        self._rng = random.Random(seed)
        letters = 'etaoinshrdlucmfwypvbgk'
        words = [
            ''.join(self._rng.choices(letters, k=self._rng.randrange(2, 10)))
            for _ in range(5000)
        ]
        text = ' '.join(self._rng.choices(words, k=3_000_000))
        self._text = text.encode()

    def blocks(self, number):
        """Return some blocks, each of another kind."""
        return b''.join(self._block() for _ in range(number))

    def _block(self):
        kind = self._rng.randrange(8)
        if kind == 0:
            return bytes(_BLOCK)
        if kind == 1:
            return self._rng.randbytes(_BLOCK)
        start = self._rng.randrange(len(self._text) - _BLOCK)
        return self._text[start : start + _BLOCK]

    def fill(self, path, size):
        """Write all of a volume."""
        with open(path, 'r+b') as stream:
            for _ in range(size // _MIB):
                stream.write(self.blocks(_MIB // _BLOCK))

    def change(self, path, size, blocks):
        """Write runs of some blocks anywhere in a volume."""
        with open(path, 'r+b') as stream:
            while blocks > 0:
                run = min(self._rng.randrange(1, _RUNS + 1), blocks)
                place = self._rng.randrange(size // _BLOCK - run)
                stream.seek(place * _BLOCK)
                stream.write(self.blocks(run))
                blocks -= run


class _Chain:
    """A volume with a full backup and increments, in a stock Cinder."""

    def __init__(self, plane, name, options):
        self._name = f'data: {name}'
        self._size = options.volume * 1024 * _MIB
        parts.say(f'{self._name}: making the chain')
        self._cloud = plane.start(
            stock=True,
            config={
                'DEFAULT': {
                    'backup_compression_algorithm': name,
                    'backup_file_size': _OBJECT,
                }
            },
        )
        self._meter = meter.Meter(plane, self._cloud)
        self._backups = []
        self._make(options.volume, options.increments)

    def _make(self, gigabytes, increments):
        content = Content(1)
        volume_id = self._cloud.create_volume(gigabytes)
        path = self._cloud.volume_path(volume_id)
        content.fill(path, self._size)
        self._back_up(volume_id, incremental=False)
        for _ in range(increments):
            # Half of the volume is changed in all of them together.
            content.change(
                path, self._size, self._size // _BLOCK // 2 // increments
            )
            self._back_up(volume_id, incremental=True)

    def _back_up(self, volume_id, incremental):
        backup_id = self._cloud.backup(volume_id, incremental=incremental)
        rows = {row['id']: row for row in self._cloud.rows('backups')}
        row = rows[backup_id]
        self._backups.insert(
            0, (backup_id, row['container'], row['service_metadata'])
        )

    def measure(self, threads):
        """Return the measurements of the full backup and of the chain."""
        found = {}
        chains = {'full': self._backups[-1:], 'chain': self._backups}
        for word, backups in chains.items():
            name = f'{self._name}, {word}'
            found[f'{name}: stock restore'] = self._restore(backups[0][0])
            for work, number in (
                ('replay', threads),
                ('limit', 1),
                ('limit', threads),
            ):
                found[f'{name}: {work}, {_threads(number)}'] = self._engine(
                    work, number, backups
                )
        for name, measured in found.items():
            parts.say(f'{name}: {measured.rate:.1f} MiB/s')
        return found

    def _restore(self, backup_id):
        with self._meter.measure() as done:
            restored = self._cloud.client().restores.restore(backup_id)
            self._cloud.wait_for('volume', restored.volume_id, 'available')
            measured = done(self._size // _MIB)
        self._cloud.client().volumes.delete(restored.volume_id)
        self._cloud.wait_for('volume', restored.volume_id, 'deleted')
        return measured

    def _engine(self, work, threads, backups):
        folder = self._cloud.path('backups')
        done = subprocess.run(
            [sys.executable, '-m', 'tools.benchmark.engine']
            + [work, folder, str(threads)],
            input=json.dumps(backups),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        found = json.loads(done.stdout)
        records = found['bytes'] // _MIB
        return meter.Measured(
            records=records,
            seconds=found['seconds'],
            peak={work: found['peak']},
            grown={work: found['peak']},
            cpu={work: found['cpu']},
            steps=[(records, found['seconds'])],
        )


def _threads(number):
    return '1 thread' if number == 1 else f'{number} threads'


def measure(plane, options):
    """Measure with each kind of compression; the records are MiB."""
    found = {}
    for name in _COMPRESSIONS:
        with contextlib.ExitStack() as fixtures:
            own = type(plane)(fixtures)
            found |= _Chain(own, name, options).measure(options.threads)
    return found
