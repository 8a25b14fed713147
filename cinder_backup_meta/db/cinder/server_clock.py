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

"""The clock of Cinder's database server.

It is the one clock that all hosts can read. Their own clocks may differ.
"""

import time
import typing

import sqlalchemy as sa
from sqlalchemy.ext import compiler

from cinder_backup_meta.db.cinder import models


class _Now(sa.sql.functions.FunctionElement[float]):
    """The time of the statement, in seconds since 1970."""

    type = sa.Float()
    inherit_cache = True


@compiler.compiles(_Now)
def _default(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return 'extract(epoch from clock_timestamp())'


@compiler.compiles(_Now, 'mysql')
@compiler.compiles(_Now, 'mariadb')
def _mysql(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return (
        "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1000000"
    )


@compiler.compiles(_Now, 'sqlite')
def _sqlite(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return "(julianday('now') - 2440587.5) * 86400.0"


#: How long, in seconds, the server's clock is reckoned from one reading. A
#: request would otherwise cost a statement and a transaction for each look.
READ_AGAIN_AFTER = 60.0
#: A reading that took as many seconds is used once only.
_LONG = 0.1


class ServerClock:
    """The server's clock, reckoned from a reading by this process's own.

    :param elapsed: returns seconds that only ever increase
    """

    def __init__(
        self, elapsed: typing.Callable[[], float] = time.monotonic
    ) -> None:
        self._elapsed = elapsed
        # Replaced as a whole, so that threads need no lock.
        self._reading: tuple[float, float] | None = None

    def now(self, context: typing.Any) -> float:
        """Return the present time, in seconds since 1970."""
        elapsed = self._elapsed()
        reading = self._reading
        if reading and elapsed - reading[0] < READ_AGAIN_AFTER:
            return reading[1] + elapsed - reading[0]
        read = _read(context)
        # The time is off by as much as the reading took.
        if self._elapsed() - elapsed < _LONG:
            self._reading = (elapsed, read)
        return read


def _read(context: typing.Any) -> float:
    with models.main_context_manager.reader.using(context):
        return float(context.session.execute(sa.select(_Now())).scalar_one())


_CLOCK = ServerClock()


def now(context: typing.Any) -> float:
    """Return the present time, in seconds since 1970.

    It is read from the server at most once in :data:`READ_AGAIN_AFTER`.
    """
    return _CLOCK.now(context)
