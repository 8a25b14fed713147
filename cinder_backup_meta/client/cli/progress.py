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

"""The progress of long work, shown on the standard error."""

import os
import sys
import time
import typing

# Seconds between two lines if no bar can be drawn.
INTERVAL = 5.0


class Progress(typing.Protocol):
    """Shows the progress; called with the number so far and the total."""

    def __call__(self, done: int, total: int | None) -> None: ...

    def close(self) -> None:
        """Clear the line for other output."""


def choose(quiet: bool) -> Progress:
    """Return the form of progress that suits the standard error."""
    if quiet:
        return Nothing()
    return Bar() if _has_room(sys.stderr) else Lines()


def _has_room(stream: typing.TextIO) -> bool:
    """Return whether a stream is a terminal that a bar can be drawn on.

    Some terminals, such as serial lines, report a size of 0, and tqdm would
    show nothing there.
    """
    if not stream.isatty():
        return False
    size = os.get_terminal_size(stream.fileno())
    return size.columns > 0 and size.lines > 1


class Nothing:
    """Shows nothing."""

    def __call__(self, done: int, total: int | None) -> None:
        pass

    def close(self) -> None:
        pass


class Bar:
    """A bar with the rate and the remaining time."""

    def __init__(self) -> None:
        # It loads slowly, and short commands do not need it.
        import tqdm

        self._bar = tqdm.tqdm(unit=' records', file=sys.stderr, leave=False)

    def __call__(self, done: int, total: int | None) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class Lines:
    """A line every few seconds, suitable for a log."""

    def __init__(self) -> None:
        self._begin = self._shown = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if now - self._shown < INTERVAL:
            return
        self._shown = now
        rate = done / (now - self._begin)
        text = f'{done} records, {rate:.0f}/s'
        if total is not None:
            left = (total - done) / rate if rate else 0
            text = (
                f'{done} of {total} records, {rate:.0f}/s, {left:.0f} s left'
            )
        sys.stderr.write(f'{text}\n')
        sys.stderr.flush()

    def close(self) -> None:
        pass
