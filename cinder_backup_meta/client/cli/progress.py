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

"""Showing how far long work is, on the standard error."""

import os
import sys
import time
import typing

# Seconds between two lines where no bar can be drawn.
INTERVAL = 5.0


class Progress(typing.Protocol):
    """What shows it; called with the numbers so far and of all, or None."""

    def __call__(self, done: int, total: int | None) -> None: ...

    def close(self) -> None:
        """Leave the terminal to what comes next."""


def choose(quiet: bool) -> Progress:
    """Return what fits the place that it is shown in."""
    if quiet:
        return Nothing()
    return Bar() if _has_room(sys.stderr) else Lines()


def _has_room(stream: typing.TextIO) -> bool:
    """Tell whether it is a terminal that a bar can be drawn on.

    Some, as serial lines, don't know their size and say it is 0; tqdm would
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
    """A bar with rate and time left."""

    def __init__(self) -> None:
        # It takes its time to load, and short commands don't need it.
        import tqdm

        self._bar = tqdm.tqdm(unit=' records', file=sys.stderr, leave=False)

    def __call__(self, done: int, total: int | None) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class Lines:
    """A line every few seconds, as for a log."""

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
