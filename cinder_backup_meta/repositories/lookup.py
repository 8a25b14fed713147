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

"""Asking the storage about many backups in parallel."""

from collections.abc import Callable
from collections.abc import Sequence
from concurrent import futures
import time
import typing

from oslo_config import cfg

from cinder_backup_meta import conf
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


def thread_pool() -> futures.ThreadPoolExecutor:
    """Return a pool of as many threads as ``lookup_threads`` allows."""
    return futures.ThreadPoolExecutor(CONF.backup_meta.lookup_threads)


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
        if time.monotonic() - start > _FAST_ANSWER:
            # Not for good: a single answer may just have come late.
            after = len(answers)
            with thread_pool() as pool:
                answers += pool.map(function, items[after : after + _BATCH])
    return answers


def unreadable(error: Exception) -> exception.Refused:
    """Log that the storage did not answer, and return the refusal."""
    what = f'{type(error).__name__}: {quoting.quote(error, 300)}'
    LOG.warning('The backup storage cannot be read: %s', what)
    return exception.Refused(
        reasons.Reason.DATA_UNREADABLE,
        'the backup storage cannot be read, so it is not known whether the '
        'data is there; check the storage and the connection of '
        f'cinder-backup to it, then try again ({what})',
    )
