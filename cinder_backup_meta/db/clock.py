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

"""Points of time as the columns of both databases hold them.

All are in UTC and without a zone, as Cinder writes them.
"""

import datetime
import time
import typing

from oslo_utils import timeutils

#: Stands for the time of a row that has none.
EPOCH = datetime.datetime(1970, 1, 1)

#: Seconds between two looks at what may be changing. Cinder takes less than
#: that from one step of an operation to the next.
PAUSE = 2


def utcnow() -> datetime.datetime:
    """Return the present time."""
    return timeutils.utcnow()


def ago(seconds: float) -> datetime.datetime:
    """Return the time that is this many seconds in the past."""
    return utcnow() - datetime.timedelta(seconds=seconds)


@typing.overload
def naive(when: datetime.datetime) -> datetime.datetime: ...


@typing.overload
def naive(when: None) -> None: ...


def naive(when: datetime.datetime | None) -> datetime.datetime | None:
    """Return a time in UTC without its zone; one without a zone unchanged."""
    if when is None or when.tzinfo is None:
        return when
    return timeutils.normalize_time(when)


def truncated(value: typing.Any) -> typing.Any:
    """Return a time as a record and MySQL have it: naive, in whole seconds.

    Times from databases that store fractions compare right only so. Any other
    value is returned as it is.
    """
    if isinstance(value, datetime.datetime):
        return naive(value).replace(microsecond=0)
    return value


def pause() -> None:
    """Wait for :data:`PAUSE` seconds."""
    time.sleep(PAUSE)
