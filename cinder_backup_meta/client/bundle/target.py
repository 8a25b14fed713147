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

"""The file that a bundle is written to, complete or not at all."""

from collections.abc import Iterator
import contextlib
import os
import stat
import tempfile
import typing

from cinder_backup_meta.client.bundle import location
from cinder_backup_meta.client.bundle import zstd
from cinder_backup_meta import reasons


def check(file: str, force: bool) -> None:
    """Check that a bundle may be written to a path.

    :param force: an existing file may be replaced
    :raises BundleRefused: if it may not
    :raises OSError: if the path cannot be examined
    """
    try:
        mode = _mode(file)
    except FileNotFoundError:
        return
    where = location.Location(file)
    # Nobody expects a device to be replaced by a file.
    if not stat.S_ISREG(mode):
        raise where.refused_whole(
            reasons.Reason.BUNDLE_UNWRITABLE,
            'it is not a regular file; use another name, or - for standard '
            'output',
        )
    if not force:
        raise where.refused_whole(
            reasons.Reason.BUNDLE_EXISTS,
            'the file exists; use another name, or replace it with --force',
        )


def _mode(file: str) -> int:
    """Return the mode of a file, or of a link that leads nowhere."""
    try:
        return os.stat(file).st_mode
    except FileNotFoundError:
        return os.lstat(file).st_mode


def write(file: str, lines: Iterator[bytes], force: bool) -> None:
    """Write a file that only its owner can read, and name it last.

    It is compressed if its name ends with .zst.

    :raises BundleRefused: if a file of that name has been created meanwhile
    :raises OSError: if it cannot be written; then it does not exist
    """
    folder, name = os.path.split(os.path.abspath(file))
    # The temporary file has the mode 0600, and a name shorter than FILE.part.
    number, path = tempfile.mkstemp('.tmp', '.bundle-', folder)
    try:
        with open(number, 'wb') as stream:
            with _compressed(stream, name) as content:
                content.writelines(lines)
            stream.flush()
            os.fsync(stream.fileno())
        check(file, force)
        os.replace(path, file)
    except BaseException:
        os.unlink(path)
        raise
    _sync(folder)


def _compressed(
    stream: typing.BinaryIO, name: str
) -> contextlib.AbstractContextManager[typing.BinaryIO]:
    if name.endswith(zstd.SUFFIX):
        return zstd.writer(stream)
    return contextlib.nullcontext(stream)


def _sync(folder: str) -> None:
    """Make the new name survive a power failure."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
