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

"""A thread that exists only while there is something to do.

An executor of futurist or the standard library does not fit. Its threads wait
for the next task, so a worker process that cinder-backup forks inherits an
executor whose threads do not exist, and its tasks never run; and both join
their threads when the process exits, so that a stop of cinder-backup would
wait for a comparison of the whole catalog to end.
"""

from collections.abc import Callable
from collections.abc import Collection
import threading
import time

from cinder_backup_meta import log as logging


LOG = logging.getLogger(__name__)


class OnDemand:
    """Passes items to a function, in a thread of its own.

    :param run: is called with the items given since its last call; it must
        not raise
    :param name: the name of the thread
    :param limit: how many items may wait; once there are as many, further ones
        are dropped
    :param calm: seconds without new items before the function is called, so
        that it does not slow down what is giving them
    """

    def __init__(
        self,
        run: Callable[[set[str]], None],
        name: str,
        limit: int,
        calm: float = 0,
    ) -> None:
        self._run = run
        self._name = name
        self._limit = limit
        self._calm = calm
        self._given_at = 0.0
        self._lock = threading.Lock()
        self._waiting: set[str] = set()
        self._thread: threading.Thread | None = None

    def give(self, items: Collection[str]) -> None:
        """Pass items to the function soon; wait for nothing, raise nothing.

        An item that is given twice before the call is passed once.
        """
        try:
            with self._lock:
                self._given_at = time.monotonic()
                if len(self._waiting) < self._limit:
                    self._waiting.update(items)
                if self._thread is None:
                    self._start()
        except RuntimeError as error:
            # No thread can be started, as when the process exits.
            LOG.debug('The thread %s cannot be started: %s', self._name, error)

    def join(self, timeout: float | None = None) -> None:
        """Wait until no item is waiting."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)

    def _start(self) -> None:
        thread = threading.Thread(
            target=self._work, name=self._name, daemon=True
        )
        thread.start()
        self._thread = thread

    def _work(self) -> None:
        while True:
            self._wait_for_calm()
            with self._lock:
                items, self._waiting = self._waiting, set()
                if not items:
                    self._thread = None
                    return
            self._run(items)

    def _wait_for_calm(self) -> None:
        while True:
            pause = self._given_at + self._calm - time.monotonic()
            if pause <= 0:
                return
            time.sleep(pause)
