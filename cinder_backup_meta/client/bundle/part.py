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

"""The file FILE.part: created, found again, and locked.

Whoever can write into the directory can put a file of that name there, so
what is found is used only if nobody but the user can have written it.
"""

import fcntl
import os
import stat
import typing

from cinder_backup_meta.client.bundle import location
from cinder_backup_meta import reasons

SUFFIX = '.part'

_MODE = 0o600
# O_NONBLOCK, because opening a pipe would wait for its other end.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def create(where: location.Location, force: bool) -> typing.BinaryIO:
    """Return a new file that only its owner can read, locked until closed.

    :param force: discard what an interrupted export has left. Only its name
        is removed, as the file may have other names
    :raises BundleRefused: if it exists, or another process has it
    :raises OSError: if it cannot be created
    """
    try:
        return _create(where)
    except FileExistsError:
        if not force:
            raise where.refused_whole(
                reasons.Reason.BUNDLE_PART_EXISTS,
                'an interrupted export has left this file; continue with '
                '--resume, or discard it with --force',
            ) from None
    with _open(where):
        os.unlink(where.file)
        return _create(where)


def find(where: location.Location) -> typing.BinaryIO:
    """Return what an interrupted export has left, locked until closed.

    :raises BundleRefused: if it does not exist, another process has it, or
        somebody else may have written it
    :raises OSError: if it cannot be opened
    """
    try:
        stream = _open(where)
    except FileNotFoundError:
        raise where.refused_whole(
            reasons.Reason.BUNDLE_PART_MISSING,
            'there is no interrupted export to continue; run the command '
            'without --resume',
        ) from None
    fault = _fault(os.fstat(stream.fileno()))
    if fault is not None:
        stream.close()
        raise where.refused_whole(
            reasons.Reason.BUNDLE_PART_UNTRUSTED,
            f'{fault}, so others may have written it; discard it with '
            '--force, and export again',
        )
    return stream


def _fault(found: os.stat_result) -> str | None:
    """Return why a file cannot be trusted; None if it can."""
    if not stat.S_ISREG(found.st_mode):
        return 'it is not a regular file'
    if found.st_uid != os.geteuid():
        return 'it belongs to another user'
    if stat.S_IMODE(found.st_mode) != _MODE:
        return f'its mode is {stat.S_IMODE(found.st_mode):04o} and not 0600'
    if found.st_nlink != 1:
        return 'it has more than one name (hard links)'
    return None


def _create(where: location.Location) -> typing.BinaryIO:
    number = os.open(where.file, _FLAGS | os.O_CREAT | os.O_EXCL, _MODE)
    stream = open(number, 'r+b')
    # The umask may have removed permissions of the owner.
    os.fchmod(number, _MODE)
    return _lock(stream, where)


def _open(where: location.Location) -> typing.BinaryIO:
    number = os.open(where.file, _FLAGS)
    try:
        # What is not a file cannot be buffered for reading and writing.
        buffering = -1 if stat.S_ISREG(os.fstat(number).st_mode) else 0
        stream = open(number, 'r+b', buffering)
    except BaseException:
        os.close(number)
        raise
    return _lock(stream, where)


def _lock(
    stream: typing.BinaryIO, where: location.Location
) -> typing.BinaryIO:
    """Lock a file that was opened by its name.

    :raises BundleRefused: if another process has it
    """
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another process may have replaced it since it was opened.
        held = os.path.samestat(
            os.fstat(stream.fileno()), os.lstat(where.file)
        )
    except (BlockingIOError, FileNotFoundError):
        held = False
    except BaseException:
        stream.close()
        raise
    if not held:
        stream.close()
        raise where.refused_whole(
            reasons.Reason.BUNDLE_PART_BUSY,
            'another export is writing this file; wait until it has finished',
        )
    return stream
