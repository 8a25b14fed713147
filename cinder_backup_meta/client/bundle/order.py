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

"""Which backups a bundle has had so far: none twice, no parent too late."""

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import place as places
from cinder_backup_meta import reasons


class Order:
    """The ids of the records of a bundle, one after the other.

    It takes about 100 bytes a record, and is all of a bundle that stays in
    memory.
    """

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._awaited: set[bytes] = set()

    def __contains__(self, backup_id: str) -> bool:
        return _packed(backup_id) in self._seen

    def add(self, entry: format.Entry, place: places.Place) -> None:
        """Take the next record.

        :raises BundleRefused: if its backup has been there, or a child of it
        """
        packed = _packed(entry.id)
        if packed in self._seen:
            raise place.refused(
                reasons.Reason.BUNDLE_DUPLICATE,
                f'backup {entry.id} is in the bundle already; export again',
            )
        if entry.parent_id is not None:
            parent = _packed(entry.parent_id)
            if parent not in self._seen:
                self._awaited.add(parent)
        if packed in self._awaited:
            raise place.refused(
                reasons.Reason.BUNDLE_ORDER,
                f'backup {entry.id} comes after a backup that is incremental '
                'to it, or is its own parent; export again',
            )
        self._seen.add(packed)


def _packed(backup_id: str) -> bytes:
    return bytes.fromhex(backup_id.replace('-', ''))
