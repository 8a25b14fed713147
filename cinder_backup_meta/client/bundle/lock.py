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

"""A file that one process at a time writes."""

import fcntl
import os
import typing

from cinder_backup_meta.client.bundle import place as places
from cinder_backup_meta import reasons

_ACCESS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC


def open_locked(place: places.Place, create: bool) -> typing.BinaryIO:
    """Open what an export appends to, locked until it is closed.

    :param create: make it if it is not there, for its owner alone
    :raises BundleRefused: if there is none, or another process has it
    :raises OSError: if it can't be opened
    """
    flags = _ACCESS | (os.O_CREAT if create else 0)
    try:
        number = os.open(place.file, flags, 0o600)
    except FileNotFoundError:
        if create:
            raise
        raise place.refused_whole(
            reasons.Reason.BUNDLE_PART_MISSING,
            'there is no interrupted export to go on with; run the command '
            'without --resume',
        ) from None
    stream = open(number, 'r+b')
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.close()
        raise place.refused_whole(
            reasons.Reason.BUNDLE_PART_BUSY,
            'another export is writing it; wait for its end',
        ) from None
    return stream
