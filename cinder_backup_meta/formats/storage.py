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

"""The backup storage as the data engine reads it: by name, as streams.

A repository implements :class:`Storage` for its driver. :class:`Folder` needs
no driver, so that a folder of backups can be read where there is no Cinder.
"""

import abc
from collections.abc import Iterator
import contextlib
import io
import os
import stat

from cinder_backup_meta.formats import json_stream


class ObjectMissing(Exception):
    """The storage has no object of this name, or not even the container."""


class Storage(abc.ABC):
    """Containers with objects. Every method can be called by any thread."""

    @abc.abstractmethod
    def open(
        self, container: str, name: str
    ) -> contextlib.AbstractContextManager[json_stream.Readable]:
        """Open an object for reading from its beginning.

        The stream is closed at the end of the block, read to its end or not.

        :raises ObjectMissing: if it is certain that there is none; the stream
            may raise it too
        :raises Exception: whatever the library of the storage raises; then it
            is not known whether there is one
        """

    @abc.abstractmethod
    def sizes(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        """Yield the names and sizes in bytes of the objects with a prefix.

        :raises ObjectMissing: if there is no such container
        """


class Folder(Storage):
    """A folder as Cinder's posix, NFS and GlusterFS drivers fill it.

    The containers are folders below it. Links are not followed, because no
    driver makes any and one could lead anywhere.

    :ivar path: the folder
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def open(self, container: str, name: str) -> io.FileIO:
        """See :meth:`Storage.open`."""
        path = os.path.join(self._folder(container, name), name)
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            number = os.open(path, flags)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ObjectMissing(name) from error
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise ObjectMissing(name)
        return io.FileIO(number)

    def sizes(self, container: str, prefix: str) -> Iterator[tuple[str, int]]:
        """See :meth:`Storage.sizes`."""
        try:
            entries = os.scandir(self._folder(container))
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ObjectMissing(container) from error
        with entries:
            for entry in entries:
                if entry.name.startswith(prefix) and entry.is_file(
                    follow_symlinks=False
                ):
                    yield entry.name, entry.stat(follow_symlinks=False).st_size

    def _folder(self, container: str, name: str = '') -> str:
        """Return the folder of a container, which is below this folder."""
        if (
            os.path.isabs(container)
            or '..' in container.split('/')
            or '/' in name
        ):
            raise ObjectMissing(container)
        return os.path.join(self.path, container)
