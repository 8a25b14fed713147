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

"""Repositories in object stores: what Swift, S3 and GCS have in common.

All three drivers name their objects alike.
"""

import re
import threading
import typing

from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import naming

# Between the ids of volume_VOLUME-ID/TIME/az_ZONE_backup_BACKUP-ID.
_MIDDLE = re.compile('[0-9]{14}/az_([^/]*)')
_BACKUP = re.compile('_backup_[0-9a-f-]{36}')


class ObjectStoreRepository(chunked.ChunkedRepository):
    """The containers, or buckets, that the driver's account can open."""

    def __init__(self, found: drivers.Instances, context: typing.Any) -> None:
        """See :meth:`base.Repository.__init__`."""
        super().__init__(found, context)
        self._local = threading.local()

    def _check_prefix(
        self, prefix: str, record: typing.Any, source_id: str
    ) -> None:
        start = naming.volume_start(prefix, record, '/')
        middle = naming.between(prefix, start, f'_backup_{source_id}')
        match = _MIDDLE.fullmatch(middle)
        # A zone that ends in another backup's name would make this backup's
        # objects look like that one's.
        if not match or _BACKUP.search(match.group(1)):
            raise naming.refusal(
                'service_metadata',
                'must be "volume_", the volume_id of the record, "/", 14 '
                'digits, "/az_", an availability zone, "_backup_" and the id '
                'of a backup',
            )

    def _connect(self) -> typing.Any:
        if not hasattr(self._local, 'driver'):
            self._local.driver = self._make_driver()
        return self._local.driver

    def _make_driver(self) -> typing.Any:
        """Return a driver whose connection can be used by a new thread.

        By default all threads share one. Override it for a client library
        that is not thread-safe.
        """
        return self.driver
