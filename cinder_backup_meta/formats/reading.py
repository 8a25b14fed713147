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

"""Reading one data object and judging it."""

from collections.abc import Callable
import contextlib
import hashlib
import queue
import threading
import typing

from cinder_backup_meta.formats import compression
from cinder_backup_meta.formats import description
from cinder_backup_meta.formats import findings as findings_module
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta.formats import layers
from cinder_backup_meta.formats import proof as proof_module
from cinder_backup_meta.formats import storage as storage_module

#: Called with a number of bytes before they are dealt with. It may wait, to
#: limit the rate, and it may raise, to stop.
Pace = Callable[[int], None]

# An object of at least as many bytes is decompressed in one thread while its
# digests are computed in two others. For less, handing over costs too much.
_LARGE = 2**22

# How many pieces wait for such a thread.
_DEPTH = 4

_Code = findings_module.Code
_Found = typing.TypeVar('_Found')


class Conveyor:
    """Gives pieces to a function, one after the other, in a thread.

    :param function: what is called with each piece
    """

    def __init__(self, function: Callable[[int, bytes], None]) -> None:
        self._function = function
        self._error: BaseException | None = None
        self._queue: queue.Queue[tuple[int, bytes] | None] = queue.Queue(
            _DEPTH
        )
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def put(self, offset: int, piece: bytes) -> None:
        """Add a piece; wait while too many are there.

        :raises BaseException: what the function has raised
        """
        self._check()
        self._queue.put((offset, piece))

    def finish(self) -> None:
        """Wait until all pieces are done.

        :raises BaseException: what the function has raised
        """
        self.stop()
        self._check()

    def stop(self) -> None:
        """Wait until the thread has ended, whatever the function raised."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            # After an error the queue is emptied, or put() would block.
            if self._error is None:
                try:
                    self._function(*item)
                except BaseException as error:
                    self._error = error


class Reading:
    """One data object that is read, decompressed and judged.

    :ivar done: how many bytes of its data have been read
    :ivar proof: what is proved of its data
    """

    def __init__(
        self, job: layers.Job, prover: proof_module.Prover, pace: Pace
    ) -> None:
        self.job = job
        self.done = 0
        self.proof = proof_module.Proof(prover, job.needed)
        self._block = prover.block
        self._pace = pace
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._fault: tuple[findings_module.Code, str] | None = None

    def run(self, storage: storage_module.Storage, alone: bool) -> None:
        """Read the object.

        :param alone: do everything in this thread
        :raises BaseException: what the sink or the pace raises, nothing else
        """
        if alone or self.job.object.length < _LARGE:
            for offset, piece in self._pieces(storage):
                self._update(offset, piece)
                self.proof.take(offset, piece)
            return
        conveyors = [Conveyor(self._update), Conveyor(self.proof.take)]
        try:
            for offset, piece in self._pieces(storage):
                for conveyor in conveyors:
                    conveyor.put(offset, piece)
            for conveyor in conveyors:
                conveyor.finish()
        finally:
            for conveyor in conveyors:
                conveyor.stop()

    def _update(self, offset: int, piece: bytes) -> None:
        self._md5.update(piece)

    def _pieces(
        self, storage: storage_module.Storage
    ) -> typing.Iterator[tuple[int, bytes]]:
        """Yield offsets and pieces up to the end or to a fault."""
        with contextlib.ExitStack() as stack:
            stream = self._try(
                lambda: stack.enter_context(self._open(storage))
            )
            if stream is None:
                return
            pieces = self._decompressed(stream)
            while piece := self._try(lambda: next(pieces, None)):
                # What the pace raises is not a fault of the object.
                self._pace(len(piece))
                offset = self.job.object.offset + self.done
                self.done += len(piece)
                yield offset, piece

    def _open(
        self, storage: storage_module.Storage
    ) -> contextlib.AbstractContextManager[json_stream.Readable]:
        return storage.open(self.job.backup.container, self.job.name)

    def _try(self, function: Callable[[], _Found]) -> _Found | None:
        """Return what a function returns, None if it raises a fault."""
        try:
            return function()
        except storage_module.ObjectMissing:
            self._fault = (_Code.OBJECT_MISSING, 'is missing')
        except compression.Damaged as error:
            self._fault = (_Code.OBJECT_DAMAGED, str(error))
        except Exception as error:
            self._fault = (
                _Code.OBJECT_UNREADABLE,
                description.unreadable(error),
            )
        return None

    def _decompressed(
        self, stream: json_stream.Readable
    ) -> typing.Iterator[bytes]:
        """Return the pieces, which begin and end with blocks."""
        described, block = self.job.object, self._block or 1
        size = max(compression.PIECE // block, 1) * block
        return compression.pieces(
            stream,
            described.compression,
            described.length,
            size,
            size - described.offset % block,
        )

    def report(self, findings: findings_module.Findings) -> None:
        """Add what is wrong with the object."""
        if judged := self._judge():
            code, text = judged
            wrong = self.proof.wrong or self.proof.unproved()
            findings.add(
                code,
                self.job.backup.id,
                f'its object {self.job.object.suffix} {text}',
                self.job.name,
                wrong[0][0] if wrong else None,
                sum(end - start for start, end in wrong) or None,
            )

    def _judge(self) -> tuple[findings_module.Code, str] | None:
        if self._fault:
            return self._fault
        wrong = bool(self.proof.wrong)
        if self._md5.digest() == self.job.object.md5:
            return self._judge_hashes() if wrong else None
        if wrong or not self.proof.proved:
            return (
                _Code.DATA_WRONG,
                'has other data than was backed up: its MD5 is another',
            )
        if self.proof.proved == [
            (self.job.object.offset, self.job.object.end)
        ]:
            return (
                _Code.MD5_WRONG,
                'has another MD5 than the metadata object lists, but the '
                'hashes of the volume prove that its data is right',
            )
        return (
            _Code.DATA_WRONG,
            'has another MD5 than the metadata object lists; what the volume '
            'needs of it is right, as its hashes prove',
        )

    def _judge_hashes(self) -> tuple[findings_module.Code, str]:
        return (
            _Code.HASHES_WRONG,
            'has the data that was backed up, as its MD5 proves, but not that '
            'of the hashes: the object of hashes is damaged, or another '
            'backup of the chain is',
        )
