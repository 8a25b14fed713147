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

"""Choosing the one host that does the work of all.

It holds a lock of Cinder's coordinator, which is released if the host dies. If
the coordinator cannot be used, every host does the work, which is wasteful but
harmless.
"""

from collections.abc import Iterator
import contextlib
import typing

from cinder import coordination

from cinder_backup_meta import log as logging

LOG = logging.getLogger(__name__)

# The coordinator that was seen to be started.
_started: typing.Any = None
_warned = False


@contextlib.contextmanager
def alone(name: str) -> Iterator[bool]:
    """Yield whether no other host is doing the work of this name.

    While the service stops, nobody begins any work.
    """
    lock = None
    if _has_stopped():
        # The service is about to end, or the next one has not started yet.
        yield False
        return
    try:
        lock = coordination.COORDINATOR.get_lock(name)
        acquired = bool(lock.acquire(blocking=False))
    except Exception as error:
        # The drivers of tooz raise whatever their libraries do.
        acquired, lock = not _has_stopped(), None
        if acquired:
            _warn(error)
    try:
        yield acquired
    finally:
        if lock is not None and acquired:
            _release(lock)


def _has_stopped() -> bool:
    """Return whether the coordinator was started once and is not any more."""
    global _started
    coordinator = coordination.COORDINATOR
    if coordinator.started:
        _started = coordinator
        return False
    return _started is coordinator


def _warn(error: Exception) -> None:
    global _warned
    if not _warned:
        LOG.warning(
            'The hosts of cinder-backup cannot share the work of capturing '
            'records, and each host does all of it: check [coordination] '
            'backend_url (%s)',
            error,
        )
        _warned = True


def _release(lock: typing.Any) -> None:
    try:
        lock.release()
    except Exception as error:
        if _has_stopped():
            # Stopping it has released the lock.
            return
        LOG.warning(
            'Releasing a lock of the coordinator has failed: %s', error
        )
