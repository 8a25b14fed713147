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

"""One host of many does the work.

By a lock of Cinder's own coordinator, which the death of its holder releases.
Where there is none, all do the work, which is a waste and nothing worse.
"""

from collections.abc import Iterator
import contextlib
import typing

from cinder import coordination
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

_told = False


@contextlib.contextmanager
def alone(name: str) -> Iterator[bool]:
    """Yield whether nobody else is at the work of this name just now."""
    lock = None
    try:
        lock = coordination.COORDINATOR.get_lock(name)
        acquired = bool(lock.acquire(blocking=False))
    except Exception as error:
        # The drivers of tooz raise whatever their libraries do.
        _tell(error)
        acquired, lock = True, None
    try:
        yield acquired
    finally:
        if lock is not None and acquired:
            _release(lock)


def _tell(error: Exception) -> None:
    global _told
    if not _told:
        LOG.warning(
            'The hosts of cinder-backup can not share the work of capturing '
            'records, each does all of it: check [coordination] backend_url '
            '(%s)',
            error,
        )
        _told = True


def _release(lock: typing.Any) -> None:
    try:
        lock.release()
    except Exception as error:
        LOG.warning('A lock of the coordinator is not released: %s', error)
