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

"""Calls to what may never answer, and requests that end at some time.

A server that was stopped, or a file system whose server is gone, accepts what
is sent to it and never answers; nothing can end such a call from outside.
:class:`Slots` makes it in a thread of its own, so that whoever waits for it
can give up. The thread and its slot remain occupied until the call really
ends, so there are never more of them than there are slots.

Whatever has been given up must not happen later. Code that writes calls
:func:`claim` immediately before it commits, and rolls back if that raises.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import contextvars
import threading
import time
import typing

_Item = typing.TypeVar('_Item')
_Result = typing.TypeVar('_Result')

# When the current request ends, by the monotonic clock; None for never.
_ends_at: contextvars.ContextVar[float | None] = contextvars.ContextVar(
    'ends_at', default=None
)
_current: contextvars.ContextVar['_Call | None'] = contextvars.ContextVar(
    'call', default=None
)


class Expired(Exception):
    """There was no answer in time, or nobody waits for the result."""


class Busy(Exception):
    """As many calls as are allowed are being made already."""


@contextlib.contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Limit the time of what is done inside, in seconds; None for no limit.

    A limit that is set already is never extended.
    """
    limits = [_ends_at.get()]
    if seconds is not None:
        limits.append(time.monotonic() + seconds)
    token = _ends_at.set(_earliest(limits))
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining() -> float | None:
    """Return the seconds until the current request ends, None for no limit."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


def progress() -> None:
    """Note that what is called from the current thread has answered."""
    if call := _current.get():
        call.moved_at = time.monotonic()


def claim() -> None:
    """Require that somebody still waits for what is about to be committed.

    :raises Expired: if nobody does
    """
    if remaining() == 0:
        raise Expired
    if call := _current.get():
        call.claim()


def _earliest(times: list[float | None]) -> float | None:
    return min((one for one in times if one is not None), default=None)


class _Call(typing.Generic[_Result]):
    """A call in a thread of its own.

    :param silence: how many seconds may pass without progress
    """

    def __init__(
        self, slots: 'Slots', function: Callable[[], _Result], silence: float
    ) -> None:
        self.slots = slots
        self.moved_at = time.monotonic()
        self._function = function
        self._silence = silence
        self._ends_at = _ends_at.get()
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._is_claimed = False
        self._ended = threading.Event()
        self._result: _Result | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        _current.set(self)
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error
        finally:
            self.slots.free()
            self._ended.set()

    def wait(self) -> _Result:
        while not self._ended.wait(max(0.0, self._left())):
            if self._left() <= 0 and self._abandon():
                raise Expired
        if self._error is not None:
            raise self._error
        return typing.cast(_Result, self._result)

    def claim(self) -> None:
        with self._lock:
            if self._is_abandoned:
                raise Expired
            self._is_claimed = True

    def _left(self) -> float:
        ends_at = _earliest([self.moved_at + self._silence, self._ends_at])
        return typing.cast(float, ends_at) - time.monotonic()

    def _abandon(self) -> bool:
        """Return whether to stop waiting; not at once during a commit."""
        with self._lock:
            if self._is_claimed:
                self._is_claimed = False
                self.moved_at, self._ends_at = time.monotonic(), None
                return False
            self._is_abandoned = True
            return True


class Slots:
    """Makes calls in threads, a limited number at a time.

    :param number: returns how many calls may be made at a time; it is asked
        when the first one is made
    :param patience: seconds to wait for a free slot
    """

    def __init__(self, number: Callable[[], int], patience: float = 1) -> None:
        self._number = number
        self._patience = patience
        self._lock = threading.Lock()
        self._free: threading.Semaphore | None = None

    def run(
        self, function: Callable[[], _Result], silence: float | None
    ) -> _Result:
        """Return the result of a function, or raise what it raises.

        A call from within a call in one of these slots needs no further slot.

        :param silence: the seconds after which to give up if the function
            neither ends nor notes any :func:`progress`; None for no limit,
            and no thread
        :raises Expired: if there was none, or the current request has ended
        :raises Busy: if no slot is free
        """
        current = _current.get()
        if silence is None or (current is not None and current.slots is self):
            return function()
        self._take()
        call = _Call(self, function, silence)
        try:
            threading.Thread(
                target=contextvars.copy_context().run,
                args=(call.run,),
                name='deadline',
                daemon=True,
            ).start()
        except BaseException:
            self.free()
            raise
        return call.wait()

    def _take(self) -> None:
        with self._lock:
            if self._free is None:
                self._free = threading.Semaphore(self._number())
        left = remaining()
        patience = self._patience
        if not self._free.acquire(
            timeout=patience if left is None else min(patience, left)
        ):
            raise Busy

    def free(self) -> None:
        """Give back the slot of a call that has ended."""
        typing.cast(threading.Semaphore, self._free).release()


def side_by_side(
    function: Callable[[_Item], _Result], items: Sequence[_Item], number: int
) -> list[_Result]:
    """Return the results of a function in the order of the items.

    Unlike those of an executor, the threads do not keep the process from
    ending. After an error no further item is begun.

    :param number: how many threads to use at most
    """
    results: dict[int, _Result] = {}
    errors: list[BaseException] = []
    lock = threading.Lock()
    following = iter(range(len(items)))

    def work() -> None:
        while not errors:
            with lock:
                index = next(following, None)
            if index is None:
                return
            try:
                results[index] = function(items[index])
            except BaseException as error:
                errors.append(error)
            progress()

    threads = [
        threading.Thread(
            target=contextvars.copy_context().run, args=(work,), daemon=True
        )
        for _ in range(min(number, len(items)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[index] for index in range(len(items))]
