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

"""What the repositories in object storages have in common."""

import re
import threading
import typing

from cinder_backup_meta.formats import fields
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import chunked

# In volume_VOLUME-ID/TIME/az_ZONE_backup_BACKUP-ID what is between the ids.
_FORM = re.compile('[0-9]{14}/az_([^/]*)')
_BACKUP = re.compile('_backup_[0-9a-f-]{36}')


class ObjectStoreRepository(chunked.ChunkedRepository):
    """The containers of an object storage; all drivers name objects alike."""

    def __init__(self, driver: typing.Any) -> None:
        """See :meth:`base.Repository.__init__`."""
        super().__init__(driver)
        self._thread = threading.local()

    def _check_prefix(
        self, prefix: str, record: typing.Any, source_id: str
    ) -> None:
        start = f'volume_{fields.value(record, "volume_id")}/'
        middle = fields.between(prefix, start, f'_backup_{source_id}')
        match = _FORM.fullmatch(middle)
        # A zone that ends in another backup's name would make this backup's
        # objects look like that one's.
        if not match or _BACKUP.search(match.group(1)):
            raise base.refusal(
                'service_metadata',
                'must be "volume_", the volume_id of the record, "/", 14 '
                'digits, "/az_", an availability zone, "_backup_" and the id '
                'of a backup',
            )

    def _connect(self) -> typing.Any:
        if not hasattr(self._thread, 'driver'):
            self._thread.driver = self._make_connection()
        return self._thread.driver

    def _make_connection(self) -> typing.Any:
        """Return a driver whose connection no other thread uses."""
        return self.driver
