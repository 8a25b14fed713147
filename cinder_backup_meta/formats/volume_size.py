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

"""The size of a backed-up volume, as the data of the backup tells it.

Cinder takes ``size`` from the record: it charges that to the quota, and
restores into a volume that has it.
"""

import json
import typing

from cinder_backup_meta.formats import fields

GIB = 2**30

# Cinder's own text has a few KiB; parsing takes 25 times as much memory.
MAX_TEXT = 2**20

# Some storages make volumes that are larger than Cinder knows, PowerFlex by
# the most: it makes them in steps of 8 GiB.
_MOST_ROUNDING = 7


class Kept(typing.NamedTuple):
    """What Cinder has kept of the volume beside the data of a backup.

    :ivar id: the id of the volume; None if it is not known
    :ivar size: its size in GiB; None if it is not known
    """

    id: str | None = None
    size: int | None = None


def read_kept(text: typing.Any) -> Kept:
    """Return what Cinder's metadata of a volume says.

    Cinder's ``BackupMetadataAPI`` writes the row of the volume in JSON.

    :param text: may be anything
    """
    if not isinstance(text, (str, bytes)) or len(text) > MAX_TEXT:
        return Kept()
    try:
        row = json.loads(text)['volume-base-metadata']
        volume_id, size = row.get('id'), row.get('size')
    except (
        ValueError,
        RecursionError,
        LookupError,
        TypeError,
        AttributeError,
    ):
        return Kept()
    return Kept(
        volume_id if isinstance(volume_id, str) else None,
        size if type(size) is int else None,
    )


def find_fault(
    record: typing.Any, kept: int | None, length: int | None = None
) -> str | None:
    """Return in words how the size in a record differs from the data.

    :param kept: the size of the volume in GiB that Cinder has written beside
        the data; None if it is not known
    :param length: the number of bytes that were read from the volume, which
        is asked only if the size is not known; None if it is not known either
    :returns: None if it does not differ
    """
    recorded = fields.value(record, 'size')
    if recorded is None or (kept is None and length is None):
        return None
    # The size in the record is that of the volume, which may have grown since
    # the snapshot was taken, and may go on to while it is backed up.
    of_snapshot = fields.value(record, 'snapshot_id') is not None
    if kept is not None:
        told, lowest = kept, 0 if of_snapshot else kept
        highest = kept
    else:
        told = -(-typing.cast(int, length) // GIB)
        lowest = told - _MOST_ROUNDING
        highest = recorded if of_snapshot else told
    if lowest <= recorded <= highest:
        return None
    return (
        f'its data is that of a volume of {told} GiB, but the size in the '
        f'record is {recorded}'
    )
