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

_warned = False


@contextlib.contextmanager
def alone(name: str) -> Iterator[bool]:
    """Yield whether no other host is doing the work of this name."""
    lock = None
    try:
        lock = coordination.COORDINATOR.get_lock(name)
        acquired = bool(lock.acquire(blocking=False))
    except Exception as error:
        # The drivers of tooz raise whatever their libraries do.
        _warn(error)
        acquired, lock = True, None
    try:
        yield acquired
    finally:
        if lock is not None and acquired:
            _release(lock)


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
        LOG.warning(
            'Releasing a lock of the coordinator has failed: %s', error
        )
