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

import collections
from collections.abc import Iterable
import re
import typing

from cinder.backup.drivers import ceph
from cinder.volume.drivers import rbd

from cinder_backup_meta import exception
from cinder_backup_meta.repositories import base

# What Cinder's commands ("rbd --pool NAME", "NAME/IMAGE@SNAPSHOT") and Ceph
# itself, for whose own pools a leading dot stands, leave of all names.
_POOL = re.compile('[A-Za-z0-9_][A-Za-z0-9_.+:=-]*')

_UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
_FORM = r'\{{"base": "(volume-{}\.backup\.(?:{}))"\}}'

# Backup ids of the snapshots that an image has, by the image's name.
Images = dict[str, collections.Counter[str]]


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
        if base.value(record, 'service_metadata') is None:
            return
        text = base.check_text(record, 'service_metadata')
        volume_id, backup_id = base.ids(record)
        is_full = base.value(record, 'parent_id') is None
        last = backup_id if is_full else f'{_UUID}|base'
        if not re.fullmatch(_FORM.format(volume_id, last), text):
            raise base.refusal(
                'service_metadata',
                'must be null or {"base": "..."} with the name of a base '
                'image, which is "volume-", the volume_id of the record, '
                '".backup." and, for a full backup, the id of the record',
            )

    def check_parent(self, record: typing.Any, parent: typing.Any) -> None:
        """See :meth:`base.Repository.check_parent`."""
        image = _base_image(record)
        if image is None:
            return
        if image != (_base_image(parent) or _shared_image(record)):
            raise base.refusal(
                'service_metadata',
                'must name the base image of the parent; one of the two '
                'records is not as Cinder wrote it',
            )
        if record.container != parent.container:
            raise base.refusal(
                'container', 'must be the pool that the parent is in'
            )

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Repository.find_faults`.

        Each pool is listed once, and each base image is opened once.
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
            with rbd.RADOSClient(self.driver, pool) as client:
                images = self._list(client, records)
                found = {
                    record.id: _find_fault(client, images, record)
                    for record in records
                }
        except self.driver.rados.ObjectNotFound:
            return {
                record.id: base.DataMissing('its pool is not there')
                for record in records
            }
        except Exception as error:
            # What the libraries raise is not told anywhere.
            fault = base.unreadable(error)
            return {record.id: fault for record in records}
        return {
            backup_id: base.DataMissing(what)
            for backup_id, what in found.items()
            if what
        }

    def _list(self, client: typing.Any, records: list[typing.Any]) -> Images:
        """Return those images that the records may be in."""
        wanted: set[str | None] = set()
        for record in records:
            wanted |= {
                _base_image(record),
                _own_image(record),
                _shared_image(record),
            }
        there = wanted.intersection(self.driver.rbd.RBD().list(client.ioctx))
        names = [name for name in there if name]
        with base.thread_pool() as pool:
            snapshots = pool.map(
                lambda name: self._get_snapshots(client, name), names
            )
            return dict(zip(names, snapshots, strict=True))

    def _get_snapshots(
        self, client: typing.Any, name: str
    ) -> collections.Counter[str]:
        with self.driver.rbd.Image(
            client.ioctx, name, read_only=True
        ) as image:
            snapshots = self.driver.get_backup_snaps(image)
        return collections.Counter(
            snapshot['backup_id'] for snapshot in snapshots
        )


def _find_fault(
    client: typing.Any, images: Images, record: typing.Any
) -> str | None:
    """Return what is missing of a backup, in words."""
    image = _base_image(record)
    if image is None and _own_image(record) in images:
        return None
    image = image or _shared_image(record)
    if image not in images:
        return f'its image {image} is not there'
    if images[image][record.id] == 1:
        return None
    # Since 18.0 a backup of a snapshot is a copy to this image, which has
    # no snapshot then; only a further object has the backup's id.
    if (
        base.value(record, 'service_metadata') is None
        and base.value(record, 'snapshot_id')
        and not images[image]
        and ceph.VolumeMetadataBackup(client, record.id).exists
    ):
        return None
    return f'its snapshot of the image {image} is not there'


def _base_image(record: typing.Any) -> str | None:
    volume_id, _backup_id = base.ids(record)
    form = _FORM.format(volume_id, f'{_UUID}|base')
    text = base.value(record, 'service_metadata') or ''
    match = re.fullmatch(form, text)
    return match.group(1) if match else None


def _own_image(record: typing.Any) -> str:
    return f'volume-{base.value(record, "volume_id")}.backup.{record.id}'


def _shared_image(record: typing.Any) -> str:
    return f'volume-{base.value(record, "volume_id")}.backup.base'
