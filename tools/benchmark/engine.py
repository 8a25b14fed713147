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

"""The data engine and its limit, measured in a process of their own.

python -m tools.benchmark.engine WORK FOLDER THREADS, with the chain in JSON on
standard input: a list of ids, containers and prefixes, the newest first.
"""

import argparse
import bz2
import hashlib
import json
import os
import sys
import threading
import time
import zlib

from cinder_backup_meta.formats import chain as chain_module
from cinder_backup_meta.formats import compression
from cinder_backup_meta.formats import findings
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import replay
from cinder_backup_meta.formats import storage
from cinder_backup_meta.tests.fullstack import usage

_INPUT = 2**18


def _replay(folder, backups, threads):
    """Replay a chain; return the seconds and the bytes of the volume."""
    start = time.perf_counter()
    result = replay.replay(folder, backups, threads)
    seconds = time.perf_counter() - start
    if not result.is_right or result.proved != result.size:
        raise AssertionError(result.findings.listed[:3])
    return seconds, result.size


class _None:
    def decompress(self, data):
        return data


_DECOMPRESSORS = {
    'none': _None,
    'zlib': zlib.decompressobj,
    'bz2': bz2.BZ2Decompressor,
    'zstd': compression.zstd.ZstdDecompressor,
}


def _decompress(stored, name):
    decompressor = _DECOMPRESSORS[name]()
    for place in range(0, len(stored), _INPUT):
        yield decompressor.decompress(stored[place : place + _INPUT])


def _bare(stored, name, needed, block):
    """Do what nothing can do without: decompress, MD5, SHA-256.

    :param needed: how many bytes to compute the SHA-256 of
    """
    md5 = hashlib.md5(usedforsecurity=False)
    for data in _decompress(stored, name):
        md5.update(data)
        view = memoryview(data)
        for start in range(0, min(len(data), needed), block):
            hashlib.sha256(view[start : start + block]).digest()
        needed -= min(len(data), needed)


def _work(folder, chain):
    """Return what a replay reads: stored bytes, compression, bytes needed."""
    found = []
    for layer in chain.layers:
        for job in layer.jobs():
            with folder.open(job.backup.container, job.name) as stream:
                stored = stream.readall()
            needed = sum(end - start for start, end in job.needed)
            found.append((stored, job.object.compression, needed))
    return found


def _limit(folder, backups, threads):
    """Do the bare work on what a replay reads, from memory.

    Each thread does all of it, which shows what the machine can do however
    the work is divided. One thing cannot be: nothing is faster than the
    decompression of the largest object by one thread.

    :returns: the seconds, and the bytes of the volume
    """
    chain = chain_module.read(folder, backups, findings.Findings())
    work = _work(folder, chain)

    def do_all():
        for stored, name, needed in work:
            _bare(stored, name, needed, chain.hashes.block_size)

    running = [threading.Thread(target=do_all) for _ in range(threads)]
    start = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    seconds = (time.perf_counter() - start) / threads
    return max(seconds, _longest(work)), chain.size


def _longest(work):
    """Return the seconds that the largest object takes to decompress."""
    stored, name, _needed = max(work, key=lambda one: len(one[0]))
    start = time.perf_counter()
    for _data in _decompress(stored, name):
        pass
    return time.perf_counter() - start


def main(argv=None):
    """Measure once, and print it as JSON."""
    parser = argparse.ArgumentParser(prog='tools.benchmark.engine')
    parser.add_argument('work', choices=('replay', 'limit'))
    parser.add_argument('folder')
    parser.add_argument('threads', type=int)
    arguments = parser.parse_args(argv)
    backups = [layers.Backup(*one) for one in json.load(sys.stdin)]
    work = {'replay': _replay, 'limit': _limit}[arguments.work]
    folder = storage.Folder(arguments.folder)
    seconds, size = work(folder, backups, arguments.threads)
    found = {
        'seconds': seconds,
        'bytes': size,
        'peak': usage.memory([os.getpid()])[0],
        'cpu': usage.cpu([os.getpid()]),
    }
    print(json.dumps(found))
    return 0


if __name__ == '__main__':
    sys.exit(main())
