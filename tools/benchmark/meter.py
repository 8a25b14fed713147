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

"""What a piece of work takes: time, statements, memory."""

import contextlib
import dataclasses
import statistics
import time

from cinder_backup_meta.tests.fullstack import usage


@dataclasses.dataclass
class Measured:
    """One piece of work.

    :ivar records: how many records it was done for
    :ivar seconds: how long it took
    :ivar statements: how many statements the database was sent
    :ivar peak: the peak of each service's resident memory, in bytes; by the
        name of the service or server
    :ivar grown: by how much that is above what it had before, in bytes
    :ivar cpu: what each of them used of the processors, in seconds
    :ivar steps: records done and seconds gone, after each page
    """

    records: int = 0
    seconds: float = 0.0
    statements: int = 0
    peak: dict = dataclasses.field(default_factory=dict)
    grown: dict = dataclasses.field(default_factory=dict)
    cpu: dict = dataclasses.field(default_factory=dict)
    steps: list = dataclasses.field(default_factory=list)

    @property
    def rate(self):
        """Records a second."""
        return self.records / self.seconds

    @property
    def largest_step(self):
        """Records of the largest step."""
        done = [0, *(number for number, _ in self.steps)]
        return max(b - a for a, b in zip(done, done[1:], strict=False))

    def rate_between(self, first, last):
        """Return records a second of those from one to another number."""
        return (last - first) / (self._time_of(last) - self._time_of(first))

    def _time_of(self, number):
        if number <= 0:
            return 0.0
        return next(gone for done, gone in self.steps if done >= number)


class Meter:
    """Measures pieces of work on one Cinder."""

    def __init__(self, plane, cloud):
        self._plane = plane
        self._cloud = cloud

    @contextlib.contextmanager
    def measure(self):
        """Measure the body; give a function to call as it goes on.

        The function takes how many more records are done. It returns the
        :class:`Measured`, which is complete when the body has ended.
        """
        measured = Measured()
        pids = self._plane.pids(self._cloud)
        for some in pids.values():
            usage.forget_peak(some)
        before = {name: usage.memory(pids[name])[1] for name in pids}
        worked = {name: usage.cpu(pids[name]) for name in pids}
        statements = self._plane.statements(self._cloud)
        start = time.perf_counter()

        def done(number):
            measured.records += number
            measured.seconds = time.perf_counter() - start
            measured.steps.append((measured.records, measured.seconds))
            return measured

        yield done
        measured.statements = self._plane.statements(self._cloud) - statements
        for name, some in self._plane.pids(self._cloud).items():
            measured.cpu[name] = usage.cpu(some) - worked[name]
            measured.peak[name] = usage.memory(some)[0]
            measured.grown[name] = measured.peak[name] - before[name]


def middle(several):
    """Return the one of several measurements whose rate is the median."""
    rate = statistics.median_low(one.rate for one in several)
    return next(one for one in several if one.rate == rate)
