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

"""Asking the storage about many backups in parallel, and not for ever."""

from collections.abc import Callable
from collections.abc import Sequence
import time
import typing

from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import quoting
from cinder_backup_meta import reasons

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

# Seconds. A storage that answers faster is asked without threads.
_FAST_ANSWER = 0.001

# How many items are given to threads before the storage is timed again.
_BATCH = 256

_Item = typing.TypeVar('_Item')
_Answer = typing.TypeVar('_Answer')

conf.register_opts(CONF)


def _number() -> int:
    # Half of the threads that answer requests, so that the storage never
    # takes the last one of them from a backup or a restore. The option is
    # registered by the RPC server; commands do not have one.
    return max(1, getattr(CONF, 'executor_thread_pool_size', 64) // 2)


_slots = deadlines.Slots(_number)


class NoAnswer(exception.Refused):
    """The storage does not answer at all; with DATA_UNREADABLE."""

    def __init__(self, what: str) -> None:
        super().__init__(reasons.Reason.DATA_UNREADABLE, _detail(what))


def guarded(function: Callable[[], _Answer]) -> _Answer:
    """Return the result of a function that asks the storage.

    :raises NoAnswer: if the storage does not answer for ``lookup_timeout``
        seconds, or by the end of the current request, or if too many
        functions are waiting for it already
    """
    timeout = CONF.backup_meta.lookup_timeout
    try:
        return _slots.run(function, timeout)
    except deadlines.Expired:
        what = f'no answer within {timeout} seconds or in time for the request'
    except deadlines.Busy:
        what = 'too many requests are waiting for it already'
    LOG.warning('The backup storage cannot be read: %s', what)
    raise NoAnswer(what)


def side_by_side(
    function: Callable[[_Item], _Answer], items: Sequence[_Item]
) -> list[_Answer]:
    """Return the results of a function that asks the storage, in order.

    The items are processed one after the other while the storage answers at
    once, as a file system on a local disk does: handing an item to a thread
    would take longer than the answer. They are processed in threads while it
    does not.
    """
    answers: list[_Answer] = []
    while len(answers) < len(items):
        start = time.monotonic()
        answers.append(function(items[len(answers)]))
        deadlines.progress()
        if time.monotonic() - start > _FAST_ANSWER:
            # Not for good: a single answer may just have come late.
            after = len(answers)
            answers += in_threads(function, items[after : after + _BATCH])
    return answers


def in_threads(
    function: Callable[[_Item], _Answer], items: Sequence[_Item]
) -> list[_Answer]:
    """Return the results of a function, from ``lookup_threads`` threads."""
    return deadlines.side_by_side(
        function, items, CONF.backup_meta.lookup_threads
    )


def unreadable(error: Exception) -> exception.Refused:
    """Log that the storage did not answer, and return the refusal."""
    what = f'{type(error).__name__}: {quoting.quote(error, 300)}'
    LOG.warning('The backup storage cannot be read: %s', what)
    return exception.Refused(reasons.Reason.DATA_UNREADABLE, _detail(what))


def _detail(what: str) -> str:
    return (
        'the backup storage cannot be read, so it is not known whether the '
        'data is there; check the storage and the connection of '
        f'cinder-backup to it, then try again ({what})'
    )
