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

"""The guard around the restore of a backup driver.

Into a new volume, Cinder restores sparsely: the driver leaves out zeros,
because a new volume reads as zeros already. From 23.0.0 on, its drivers do so
where they must not, and the restore succeeds with wrong data:

* ``ChunkedBackupDriver`` leaves out zeros of incremental backups too, before
  29.0.0, so that what was overwritten with zeros comes back;
* ``CephBackupDriver`` stays where it is in the volume when it leaves out
  zeros, before 29.0.0, so that all that follows is shifted. It copies in this
  way whatever is not moved as a difference between two RBD images: backups of
  and restores to all other volumes, and to encrypted RBD volumes, which are
  not empty when they are new;
* all drivers leave a volume that is a file, as with NFS, too short if it ends
  in zeros: cinder-backup truncates the file when it opens it.

A driver decides this by one argument of ``BackupDriver.restore``. The guard
tells it that the volume is not new, so that it passes on everything, and
leaves out itself the zeros that may be. It does not depend on what a release
or a driver does wrong, and is the same with all of them.
"""

import functools
import os
import stat
import typing

from cinder.volume import volume_utils

#: Zeros are left out in blocks of this many bytes, as Cinder itself does.
BLOCK = 1024 * 1024

#: At most so many blocks at the start have the header of an encrypted volume,
#: which Cinder writes with some drivers when it creates the volume.
HEADER_BLOCKS = 16


class NewVolume:
    """The file of a new volume, which stays sparse.

    Writes that have only zeros for a block are left out, unless the block may
    have other data already. All else is passed on to the file.

    :param file: the file that cinder-backup would give to the driver, of a
        volume that reads as zeros behind the header of an encrypted one
    """

    def __init__(self, file: typing.Any) -> None:
        self._file = file
        # A byte for each block, up to the last one that may have data.
        self._has_data = bytearray(b'\1' * HEADER_BLOCKS)
        self._end = 0

    def __getattr__(self, name: str) -> typing.Any:
        # Such as rbd_image, by which the Ceph driver recognizes an RBD image.
        return getattr(self._file, name)

    def write(self, data: typing.Any) -> int:
        """Write data where the file stands; return the number of bytes."""
        view = memoryview(data)
        start = position = self._file.tell()
        end = start + len(view)
        while position < end:
            stop = min(end, position - position % BLOCK + BLOCK)
            piece = view[position - start : stop - start].tobytes()
            self._write_block(position, piece)
            position = stop
        self._file.seek(end)
        self._end = max(self._end, end)
        return len(view)

    def _write_block(self, position: int, piece: bytes) -> None:
        block = position // BLOCK
        missing = block + 1 - len(self._has_data)
        if missing <= 0 and self._has_data[block]:
            pass
        elif volume_utils.is_all_zero(piece):
            return
        else:
            self._has_data.extend(bytes(max(0, missing)))
            self._has_data[block] = True
        self._file.seek(position)
        self._file.write(piece)

    def finish(self) -> None:
        """Extend a regular file to the end of what was left out."""
        try:
            number = self._file.fileno()
        except OSError:
            # An RBD image has none.
            return
        self._file.flush()
        status = os.fstat(number)
        if stat.S_ISREG(status.st_mode) and status.st_size < self._end:
            os.ftruncate(number, self._end)


def guarded(driver: typing.Any) -> typing.Any:
    """Return a backup driver that restores into new volumes correctly.

    :param driver: the class of a backup driver
    :returns: a subclass by the same name
    """

    class GuardedDriver(driver):
        def restore(
            self,
            backup: typing.Any,
            volume_id: str,
            volume_file: typing.Any,
            volume_is_new: bool,
        ) -> None:
            if not volume_is_new:
                super().restore(backup, volume_id, volume_file, volume_is_new)
                return
            volume = NewVolume(volume_file)
            super().restore(backup, volume_id, volume, False)
            volume.finish()

    # For logs, and for whoever looks a driver up by its class path.
    return functools.update_wrapper(GuardedDriver, driver, updated=())
