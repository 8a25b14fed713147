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

"""Reading the data of a chain, in threads and in bounded memory.

:func:`replay` restores a volume without writing it: every block is compared
with its hash. :func:`check_data` reads all objects of one backup and compares
their checksums. Neither raises anything for what is wrong with a backup; that
is in the findings.

Where eventlet has replaced Python's threads, as in the services of Cinder
before 29.0.0, threads would neither be faster nor let the service go on. Call
the functions with one thread there, in a native thread of ``eventlet.tpool``.
"""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import dataclasses
import os
import threading

from cinder_backup_meta.formats import chain as chain_module
from cinder_backup_meta.formats import description
from cinder_backup_meta.formats import extents
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import layers as layers_module
from cinder_backup_meta.formats import manifest as manifest_module
from cinder_backup_meta.formats import proof
from cinder_backup_meta.formats import reading
from cinder_backup_meta.formats import storage as storage_module

# Objects of at least as many bytes come first, the largest at the beginning,
# so that no thread is left alone with one at the end.
_LARGE = 2**22

# More threads would mostly wait for each other.
_MOST_THREADS = 8


@dataclasses.dataclass
class Result:
    """What became of a volume or a backup that was read.

    :ivar size: bytes of the volume; of the data, if a backup was checked
    :ivar read: bytes of data that were read and decompressed
    :ivar objects: data objects that were read
    :ivar proved: bytes of the volume that are proved by its hashes
    :ivar unproved: the ranges of the volume that are not
    :ivar findings: what is wrong
    """

    size: int
    findings: findings_module.Findings
    read: int = 0
    objects: int = 0
    proved: int = 0
    unproved: extents.Extents = dataclasses.field(
        default_factory=extents.Extents
    )

    @property
    def is_right(self) -> bool:
        """Whether nothing was found that is wrong."""
        return not len(self.findings)


def replay(
    storage: storage_module.Storage,
    backups: Sequence[layers_module.Backup],
    threads: int | None = None,
    sink: proof.Sink | None = None,
    pace: reading.Pace | None = None,
) -> Result:
    """Restore a volume without writing it.

    :param backups: at least one: the backup to restore, its parent, the
        parent of that, and so on to the full backup
    :param threads: how many objects are read at once, each in up to three
        threads; with 1, everything is done in the thread of the caller. By
        default as many as there are processors, at most 8
    :param sink: what gets each part of the volume once, in no order
    :param pace: called before a piece of data is dealt with, see
        :data:`.reading.Pace`
    :raises BaseException: what the sink or the pace raises
    """
    findings = findings_module.Findings()
    chain = chain_module.read(storage, backups, findings)
    try:
        run = _Run(
            storage,
            proof.Prover(chain.hashes, chain.size, sink),
            Result(chain.size, findings),
            pace,
        )
        run.do(_largest_first(chain.layers), threads)
        return run.finish(chain.absent)
    finally:
        chain.close()


def check_data(
    storage: storage_module.Storage,
    backup: layers_module.Backup,
    threads: int | None = None,
    pace: reading.Pace | None = None,
) -> Result:
    """Read all data objects of one backup and compare their checksums.

    See :func:`replay` for the parameters.
    """
    findings = findings_module.Findings()
    result = Result(0, findings)
    manifest = _check_description(storage, backup, findings)
    if manifest is None:
        return result
    layer = layers_module.Layer(backup, manifest)
    run = _Run(storage, proof.Prover(None, 0), result, pace)
    run.do(layer.all_jobs(), threads)
    result.size = result.read
    return result


def _check_description(
    storage: storage_module.Storage,
    backup: layers_module.Backup,
    findings: findings_module.Findings,
) -> manifest_module.Manifest | None:
    """Read both objects that describe a backup; return the manifest."""
    manifest = description.read_manifest(storage, backup, findings)
    hashes = description.read_hashes(storage, backup, manifest, findings)
    if hashes is not None:
        hashes.close()
        if manifest is not None:
            description.check_complete(backup, manifest, findings)
    return manifest


def _largest_first(
    layers: list[layers_module.Layer],
) -> Iterator[layers_module.Job]:
    large = sorted(
        (-span.length, number, span)
        for number, layer in enumerate(layers)
        for span in layer.spans()
        if span.length >= _LARGE
    )
    for _length, number, span in large:
        yield layers[number].job(span)
    for layer in layers:
        for span in layer.spans():
            if span.length < _LARGE:
                yield layer.job(span)


class _Stopped(Exception):
    """Another thread has failed."""


class _Run:
    """Jobs that are done by several threads."""

    def __init__(
        self,
        storage: storage_module.Storage,
        prover: proof.Prover,
        result: Result,
        pace: reading.Pace | None,
    ) -> None:
        self._storage = storage
        self._prover = prover
        self._result = result
        self._given_pace = pace
        self._lock = threading.Lock()
        self._failed = False
        self._unproved: list[tuple[int, int]] = []

    def do(
        self, jobs: Iterable[layers_module.Job], threads: int | None
    ) -> None:
        """Do all jobs."""
        number = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        remaining = iter(jobs)
        if number == 1:
            self._work(remaining, alone=True)
            return
        with futures.ThreadPoolExecutor(number) as pool:
            work = [
                pool.submit(self._work, remaining, alone=False)
                for _ in range(number)
            ]
            try:
                futures.wait(work)
            except BaseException:
                # An interruption comes to this thread alone.
                self._failed = True
                raise
        errors = [error for one in work if (error := one.exception())]
        for error in errors:
            if not isinstance(error, _Stopped):
                raise error

    def finish(self, absent: extents.Extents) -> Result:
        """Return the result, for a volume of which some ranges are absent."""
        unproved = sorted([*self._unproved, *absent])
        self._result.unproved = extents.joined(unproved)
        return self._result

    def _work(self, jobs: Iterator[layers_module.Job], alone: bool) -> None:
        try:
            while job := self._take(jobs):
                one = reading.Reading(job, self._prover, self._pace)
                one.run(self._storage, alone)
                self._add(one)
        except BaseException:
            self._failed = True
            raise

    def _take(
        self, jobs: Iterator[layers_module.Job]
    ) -> layers_module.Job | None:
        with self._lock:
            return next(jobs, None)

    def _pace(self, size: int) -> None:
        if self._failed:
            raise _Stopped()
        if self._given_pace is not None:
            self._given_pace(size)

    def _add(self, one: reading.Reading) -> None:
        proved = sum(end - start for start, end in one.proof.proved)
        needed = sum(end - start for start, end in one.job.needed)
        with self._lock:
            self._result.read += one.done
            self._result.objects += 1
            self._result.proved += proved
            if proved < needed:
                self._unproved += one.proof.unproved()
        one.report(self._result.findings)
