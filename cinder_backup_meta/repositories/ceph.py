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

"""Backups in a Ceph pool.

A backup is a snapshot of a base image, or an image of its own. Since 15.0
``service_metadata`` names the base image. In older records, and whenever a
volume was copied as a whole, it is null and Cinder makes the name from the
ids.
"""

from collections.abc import Iterable
import re
import typing

from cinder.backup.drivers import ceph
from cinder.volume.drivers import rbd

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta.formats import volume_size
from cinder_backup_meta import host_service
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.repositories import naming

# Names that are safe in what Cinder passes to the rbd command ("--pool NAME",
# "NAME/IMAGE@SNAPSHOT"). A leading dot is for the pools of Ceph itself.
_POOL = re.compile('[A-Za-z0-9_][A-Za-z0-9_.+:=-]*')

_UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

# What Cinder writes as service_metadata; to be filled in with the id of the
# volume and with what may follow.
_FORM = r'\{{"base": "(volume-{}\.backup\.(?:{}))"\}}'

# The snapshots of each image: the sizes in bytes, where Ceph tells them, of
# those of each backup, by the backup's id, by the image's name.
_Images = dict[str, dict[str, list[int | None]]]


class CephRepository(base.Repository, base.Lookup):
    """The RBD images that the Ceph driver copies volumes to.

    How much of a snapshot was copied cannot be found out from the storage, so
    a lookup compares no more than the size of the volume.
    """

    @property
    def lookup(self) -> base.Lookup | None:
        """See :attr:`base.Repository.lookup`.

        It needs Ceph's Python libraries, which are optional for Cinder.
        """
        if None in (self.driver.rados, self.driver.rbd):
            return None
        return self

    def check_location(self, record: typing.Any) -> None:
        """See :meth:`base.Repository.check_location`.

        The base image of an incremental backup is that of its first parent,
        so only :meth:`check_parent` can check whether it is the right one.
        """
        if not _POOL.fullmatch(naming.check_text(record, 'container')):
            raise naming.refusal(
                'container',
                'must be the name of a Ceph pool: ASCII letters, digits and '
                '"_.+:=-", the first a letter, a digit or "_"',
            )
        if fields.value(record, 'service_metadata') is None:
            return
        text = naming.check_text(record, 'service_metadata')
        is_full = not fields.value(record, 'parent_id')
        last = re.escape(record.id) if is_full else f'{_UUID}|base'
        if not _match(record, last, text):
            raise naming.refusal(
                'service_metadata',
                'must be null or {"base": "..."} with the name of a base '
                'image, which is "volume-", the volume_id of the record, '
                '".backup." and, for a full backup, the id of the record',
            )

    def check_parent(self, record: typing.Any, parent: typing.Any) -> None:
        """See :meth:`base.Repository.check_parent`."""
        image = _named_image(record)
        if image is None:
            return
        if image != (_named_image(parent) or _shared_image(record)):
            raise naming.refusal(
                'service_metadata',
                'must name the base image of the parent; one of the two '
                'records is not as Cinder wrote it',
            )
        if record.container != parent.container:
            raise naming.refusal(
                'container', 'must be the pool that the parent is in'
            )

    def must_look(self, record: typing.Any) -> bool:
        """See :meth:`base.Repository.must_look`.

        No name proves anything. An image may be shared by all backups of a
        volume, and where the image that a record names is missing, Cinder
        deletes the one that they share
        (``CephBackupDriver._try_delete_base_image``).
        """
        return True

    def volume_metadata(self, record: typing.Any) -> str | None:
        """See :meth:`base.Repository.volume_metadata`."""
        try:
            # The restore looks in the driver's own pool, whichever the
            # backup is in.
            with rbd.RADOSClient(self.driver) as client:
                found = ceph.VolumeMetadataBackup(client, record.id).get()
        except Exception as error:
            raise lookup.unreadable(error) from error
        return typing.cast('str | None', found)

    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """See :meth:`base.Lookup.find_faults`.

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
            found = self._find_words(pool, records)
        except Exception as error:
            # Which exceptions Ceph's libraries raise is not documented.
            fault = lookup.unreadable(error)
            return {record.id: fault for record in records}
        return {
            backup_id: base.DataMissing(what)
            for backup_id, what in found.items()
            if what
        }

    def _find_words(
        self, pool: str, records: list[typing.Any]
    ) -> dict[str, str | None]:
        """Return in words what is wrong with each; None if nothing is."""
        # Asked through the driver's own pool: opening a pool raises the same
        # error if the pool and if Ceph's own configuration is missing.
        with rbd.RADOSClient(self.driver) as client:
            if not client.cluster.pool_exists(pool):
                return dict.fromkeys(
                    (record.id for record in records), 'its pool is missing'
                )
        with rbd.RADOSClient(self.driver, pool) as client:
            images = _find_images(self.driver, client, records)
            return {
                record.id: _find_fault(client, images, record)
                for record in records
            }


def _match(record: typing.Any, last: str, text: str) -> re.Match[str] | None:
    """Match a text with the form of ``service_metadata``.

    :param last: the regular expression of what follows the volume's id
    """
    volume_id = re.escape(str(fields.value(record, 'volume_id')))
    return re.fullmatch(_FORM.format(volume_id, last), text)


def _named_image(record: typing.Any) -> str | None:
    """Return the image that ``service_metadata`` names, None if it is null."""
    text = fields.value(record, 'service_metadata') or ''
    match = _match(record, f'{_UUID}|base', text)
    return match.group(1) if match else None


def _own_image(record: typing.Any) -> str:
    """Return the image of a backup that shares it with no other."""
    return f'volume-{fields.value(record, "volume_id")}.backup.{record.id}'


def _shared_image(record: typing.Any) -> str:
    """Return the image in which old releases keep all backups of a volume."""
    return f'volume-{fields.value(record, "volume_id")}.backup.base'


def _find_images(
    driver: typing.Any, client: typing.Any, records: list[typing.Any]
) -> _Images:
    """Return those images of a pool that the records may be in.

    The pool is listed once, and each image is opened once.
    """
    wanted: set[str | None] = set()
    for record in records:
        wanted |= {
            _named_image(record),
            _own_image(record),
            _shared_image(record),
        }
    listed = host_service.run_blocking(driver.rbd.RBD().list, client.ioctx)
    found = wanted.intersection(listed)
    names = [name for name in found if name]

    def find_snapshots(name: str) -> dict[str, list[int | None]]:
        found: dict[str, list[int | None]] = {}
        with driver.rbd.Image(client.ioctx, name, read_only=True) as image:
            sizes = {
                one['name']: one.get('size') for one in image.list_snaps()
            }
            for snapshot in driver.get_backup_snaps(image):
                of_backup = found.setdefault(snapshot['backup_id'], [])
                of_backup.append(sizes.get(snapshot['name']))
        return found

    snapshots = lookup.in_threads(
        lambda name: host_service.run_blocking(find_snapshots, name), names
    )
    return dict(zip(names, snapshots, strict=True))


def _find_fault(
    client: typing.Any, images: _Images, record: typing.Any
) -> str | None:
    """Return in words what is wrong with a backup's data; None if nothing."""
    named = _named_image(record)
    if named is None and _own_image(record) in images:
        return volume_size.find_fault(record, _kept(client, record.id).size)
    image = named or _shared_image(record)
    if image not in images:
        alone = '' if named else f', and so is {_own_image(record)}'
        return f'its image {image} is missing{alone}'
    snapshots = images[image].get(record.id, [])
    if len(snapshots) == 1:
        return volume_size.find_fault(record, None, snapshots[0])
    if named is None and not images[image]:
        # Since 18.0 a backup of a volume's snapshot is a copy to the shared
        # image, which then has no snapshots; nothing else there has the
        # backup's id.
        kept = _kept(client, record.id)
        if fields.value(record, 'snapshot_id') and (
            kept.id == fields.value(record, 'volume_id')
        ):
            return volume_size.find_fault(record, kept.size)
    return f'its snapshot of the image {image} is missing'


def _kept(client: typing.Any, backup_id: str) -> volume_size.Kept:
    text = ceph.VolumeMetadataBackup(client, backup_id).get()
    return volume_size.read_kept(text)
