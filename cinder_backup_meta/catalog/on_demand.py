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

"""A thread that is there only as long as it has something to do.

So it neither has to be stopped with the service nor gets lost in a fork.
"""

from collections.abc import Callable
from collections.abc import Collection
import threading
import time

from oslo_log import log as logging

LOG = logging.getLogger(__name__)


class OnDemand:
    """Does something with what it is given, in a thread of its own.

    :param run: is called with what was given since its last call; it must not
        raise
    :param name: of the thread
    :param limit: how much may wait; what does not fit is dropped
    :param calm: seconds for which nothing may have been given before it is
        done, so that it does not hinder whoever is giving
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
        """Let something be done with these; wait for nothing, raise nothing.

        What is given again before it is done is done once.
        """
        try:
            with self._lock:
                self._given_at = time.monotonic()
                if len(self._waiting) < self._limit:
                    self._waiting.update(items)
                if self._thread is None:
                    self._start()
        except RuntimeError as error:
            # There can be no new thread, as when the process ends.
            LOG.debug('%s: not done: %s', self._name, error)

    def join(self, timeout: float | None = None) -> None:
        """Wait until there is nothing to do."""
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
