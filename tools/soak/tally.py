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

"""What was done, and what went wrong, by kind."""

import collections
import threading


class Tally:
    """Counts from many threads.

    :ivar done: operations that came to their end, by kind
    :ivar errors: what went wrong, by operation and kind
    :ivar kills: by host
    :ivar mended: what was mended in the end, by what it was
    """

    def __init__(self):
        self._lock = threading.Lock()
        self.done = collections.Counter()
        self.errors = collections.Counter()
        self.kills = collections.Counter()
        self.mended = collections.Counter()
        self.unexpected = []

    def add(self, counter, kind, number=1):
        """Count on one of the counters."""
        with self._lock:
            counter[kind] += number

    def lines(self):
        """Return it as lines of text."""
        lines = []
        for title, counter in (
            ('operations', self.done),
            ('kills', self.kills),
            ('errors', self.errors),
            ('mended', self.mended),
        ):
            lines.append(f'{title}: {sum(counter.values())}')
            lines += [
                f'  {kind}: {number}'
                for kind, number in sorted(counter.items())
            ]
        return lines
