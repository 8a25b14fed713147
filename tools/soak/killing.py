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

"""Killing cinder-backup again and again."""

import random
import threading
import time


class Killer(threading.Thread):
    """Kills one host each time, and starts it again.

    :param plane: the control plane
    :param hosts: the names to choose from
    :param tally: the :class:`tally.Tally`
    :param seed: of its choices
    :param stop: an event that ends it; all hosts run then
    :param interval: seconds between two kills
    """

    def __init__(self, plane, hosts, tally, seed, stop, interval):
        super().__init__(daemon=True, name='killer')
        self._plane, self._hosts, self._tally = plane, hosts, tally
        self._random = random.Random(f'{seed}/killer')
        self._ending, self._interval = stop, interval
        self.error = None

    def run(self):
        while not self._ending.wait(
            self._interval * self._random.uniform(0.8, 1.2)
        ):
            host = self._random.choice(self._hosts)
            self._plane.kill(host)
            self._tally.add(self._tally.kills, host)
            time.sleep(self._random.uniform(0, 3))
            try:
                self._plane.start(host)
            except AssertionError as error:
                self.error = error
                return
