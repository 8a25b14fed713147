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

"""Backups in a Ceph pool."""

from collections.abc import Iterable
import re
import typing

from cinder.volume.drivers import rbd

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import ceph_images

# What Cinder's commands ("rbd --pool NAME", "NAME/IMAGE@SNAPSHOT") and Ceph
# itself, for whose own pools a leading dot stands, leave of all names.
_POOL = re.compile('[A-Za-z0-9_][A-Za-z0-9_.+:=-]*')


class CephRepository(base.Repository):
    """The RBD images that the Ceph driver copies volumes to.

    A backup is a snapshot of a base image, or an image of its own. Since
    15.0 ``service_metadata`` names the base image. In older records, and
    whenever a volume was copied as a whole, it is null and Cinder makes the
    name from the ids; whether that is this backup's, only looking tells.

    Ceph's Python libraries are needed to look; there is no way to tell the
    length of a snapshot from the storage.
    """

    def __init__(self, driver: typing.Any) -> None:
        """See :meth:`base.Repository.__init__`."""
        super().__init__(driver)
        self.can_look = None not in (driver.rados, driver.rbd)

    def check_location(self, record: typing.Any) -> None:
        """See :meth:`base.Repository.check_location`.

        The base image of an incremental backup is that of its first parent,
        and so only :meth:`check_parent` can say whether it is the right one.
        """
        if not _POOL.fullmatch(base.check_text(record, 'container')):
            raise base.refusal(
                'container',
                'must be the name of a Ceph pool: ASCII letters, digits and '
                '"_.+:=-", the first a letter, a digit or "_"',
            )
        if fields.value(record, 'service_metadata') is None:
            return
        text = base.check_text(record, 'service_metadata')
        volume_id, backup_id = fields.ids(record)
        is_full = fields.value(record, 'parent_id') is None
        last = backup_id if is_full else f'{ceph_images.UUID}|base'
        if not re.fullmatch(ceph_images.FORM.format(volume_id, last), text):
            raise base.refusal(
                'service_metadata',
                'must be null or {"base": "..."} with the name of a base '
                'image, which is "volume-", the volume_id of the record, '
                '".backup." and, for a full backup, the id of the record',
            )

    def check_parent(self, record: typing.Any, parent: typing.Any) -> None:
        """See :meth:`base.Repository.check_parent`."""
        image = ceph_images.named(record)
        if image is None:
            return
        if image != (ceph_images.named(parent) or ceph_images.shared(record)):
            raise base.refusal(
                'service_metadata',
                'must name the base image of the parent; one of the two '
                'records is not as Cinder wrote it',
            )
        if record.container != parent.container:
            raise base.refusal(
                'container', 'must be the pool that the parent is in'
            )

    def must_look(self, record: typing.Any) -> bool:
        """See :meth:`base.Repository.must_look`.

        Without a name in the record Cinder makes one of the ids, and falls
        back at deletion to the base image that other backups may share.
        """
        return ceph_images.named(record) is None

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Repository.find_faults`.

        Each pool is listed once, and each image is opened once.
        """
        pools: dict[str, list[typing.Any]] = {}
        for record in records:
            pools.setdefault(record.container, []).append(record)
        faults: dict[str, exception.Refused] = {}
        for pool, members in pools.items():
            faults.update(self._find_in_pool(pool, members))
        return faults

    def _find_in_pool(
        self, pool: str, records: list[typing.Any]
    ) -> dict[str, exception.Refused]:
        try:
            found = self._look(pool, records)
        except Exception as error:
            # What Ceph's libraries raise is not told anywhere.
            fault = base.unreadable(error)
            return {record.id: fault for record in records}
        return {
            backup_id: base.DataMissing(what)
            for backup_id, what in found.items()
            if what
        }

    def _look(
        self, pool: str, records: list[typing.Any]
    ) -> dict[str, str | None]:
        # Asked through the pool of the driver's own, for Ceph answers the
        # same if a pool and if its own configuration is not there.
        with rbd.RADOSClient(self.driver) as client:
            if not client.cluster.pool_exists(pool):
                return dict.fromkeys(
                    (record.id for record in records), 'its pool is not there'
                )
        with rbd.RADOSClient(self.driver, pool) as client:
            images = ceph_images.find(self.driver, client, records)
            return {
                record.id: ceph_images.find_fault(client, images, record)
                for record in records
            }
