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

"""What a Ceph pool holds of a backup: its image, and its snapshot of that."""

import collections
import json
import re
import typing

from cinder.backup.drivers import ceph

from cinder_backup_meta.formats import fields
from cinder_backup_meta.repositories import base

UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

#: What Cinder writes as service_metadata, for a volume and what may follow.
FORM = r'\{{"base": "(volume-{}\.backup\.(?:{}))"\}}'

# Backup ids of the snapshots that an image has, by the image's name.
Images = dict[str, collections.Counter[str]]


def named(record: typing.Any) -> str | None:
    """Return the image that ``service_metadata`` names, if it names one."""
    volume_id, _backup_id = fields.ids(record)
    form = FORM.format(volume_id, f'{UUID}|base')
    match = re.fullmatch(form, fields.value(record, 'service_metadata') or '')
    return match.group(1) if match else None


def own(record: typing.Any) -> str:
    """Return the image that a backup has to itself, where it has one."""
    return f'volume-{fields.value(record, "volume_id")}.backup.{record.id}'


def shared(record: typing.Any) -> str:
    """Return the image that old releases keep all of a volume's backups in."""
    return f'volume-{fields.value(record, "volume_id")}.backup.base'


def find(
    driver: typing.Any, client: typing.Any, records: list[typing.Any]
) -> Images:
    """Return those images of a pool that the records may be in.

    The pool is listed once, and each image is opened once.
    """
    wanted: set[str | None] = set()
    for record in records:
        wanted |= {named(record), own(record), shared(record)}
    there = wanted.intersection(driver.rbd.RBD().list(client.ioctx))
    names = [name for name in there if name]

    def find_snapshots(name: str) -> collections.Counter[str]:
        with driver.rbd.Image(client.ioctx, name, read_only=True) as image:
            return collections.Counter(
                snapshot['backup_id']
                for snapshot in driver.get_backup_snaps(image)
            )

    with base.thread_pool() as pool:
        found = pool.map(find_snapshots, names)
        return dict(zip(names, found, strict=True))


def find_fault(
    client: typing.Any, images: Images, record: typing.Any
) -> str | None:
    """Return what is missing of a backup, in words; None if nothing is."""
    if named(record) is None and own(record) in images:
        return None
    image = named(record) or shared(record)
    if image not in images:
        alone = '' if named(record) else f' and no {own(record)} either'
        return f'its image {image} is not there{alone}'
    if images[image][record.id] == 1:
        return None
    if (
        named(record) is None
        and not images[image]
        and fields.value(record, 'snapshot_id')
        and _volume_id(client, record.id) == fields.value(record, 'volume_id')
    ):
        return None
    return f'its snapshot of the image {image} is not there'


def _volume_id(client: typing.Any, backup_id: str) -> typing.Any:
    """Return the volume of a backup, from Cinder's copy of its metadata.

    Since 18.0 a backup of a volume's snapshot is a copy to the shared image,
    which then has no snapshots; nothing else there has the backup's id.
    """
    text = ceph.VolumeMetadataBackup(client, backup_id).get()
    try:
        return json.loads(text or '{}')['volume-base-metadata']['id']
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
