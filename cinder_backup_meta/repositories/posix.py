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

"""Backups in a file system: Cinder's posix, NFS and GlusterFS drivers."""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import functools
import os
import pathlib
import re
import stat
import typing
import unicodedata

from cinder.backup.drivers import posix  # noqa: F401  for its options
from oslo_config import cfg

from cinder_backup_meta.formats import chunked as chunked_format
from cinder_backup_meta.formats import json_stream
from cinder_backup_meta import host_service
from cinder_backup_meta.repositories import base
from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.repositories import mounts
from cinder_backup_meta.repositories import naming

CONF = cfg.CONF

# The prefix of every backup up to 10.0, in a folder of its own by default.
_OLD_PREFIX = 'backup'

_TIME = re.compile('[0-9]{14}')


class PosixRepository(chunked.ChunkedRepository):
    """The folders below the driver's ``backup_path``."""

    def _check_container(self, container: str) -> None:
        # On a file system that normalizes names, other characters may become
        # a slash or dots.
        for text in {container, unicodedata.normalize('NFKC', container)}:
            path = pathlib.PurePosixPath(text)
            if path.is_absolute() or '..' in path.parts:
                raise naming.refusal(
                    'container',
                    'must be a folder in the backup path of the driver, '
                    'relative to that path and without ".."',
                )
        if not host_service.run_blocking(_has_links, self._root, container):
            return
        folder = host_service.run_blocking(
            os.path.realpath, os.path.join(self._root, container)
        )
        if os.path.commonpath((self._root, folder)) != self._root:
            raise naming.refusal(
                'container',
                'must be a folder in the backup path of the driver; a '
                'symbolic link leads out of it',
            )

    def normal_container(self, container: str) -> str:
        """See :meth:`base.Repository.normal_container`."""
        return naming.normal_path(container)

    @functools.cached_property
    def _root(self) -> str:
        """The backup path of the driver, with symbolic links resolved.

        That of Cinder's own drivers is known without a driver, and before a
        share is mounted.
        """
        if drivers.is_in_tree(self._found.service):
            path = mounts.folder(self._found.driver_class)
            path = path or CONF.backup_posix_path
        else:
            path = self.driver.backup_path
        return host_service.run_blocking(os.path.realpath, path)

    def _check_prefix(
        self, prefix: str, record: typing.Any, source_id: str
    ) -> None:
        """See :meth:`chunked.ChunkedRepository._check_prefix`.

        Cinder up to 10.0 wrote the same prefix for all backups. The folder
        has to prove that the objects belong to this one: by its name, or by
        the metadata object in it if the user chose the folder.
        """
        if prefix == _OLD_PREFIX:
            self._check_owner(record)
            return
        start = naming.volume_start(prefix, record, '_')
        middle = naming.between(prefix, start, f'_backup_{source_id}')
        if not _TIME.fullmatch(middle):
            raise naming.refusal(
                'service_metadata',
                'must be "volume_", the volume_id of the record, "_", 14 '
                'digits, "_backup_" and the id of a backup',
            )

    def _check_owner(self, record: typing.Any) -> None:
        folder = naming.normal_path(record.container)
        if folder != _own_folder(record.id) and (
            self._owner(folder) != record.id
        ):
            raise naming.refusal(
                'service_metadata',
                f'is "{_OLD_PREFIX}", as in all backups of Cinder up to '
                '10.0, and nothing proves that the objects in the container '
                'belong to this backup',
            )

    def _owner(self, container: str) -> typing.Any:
        """Return the backup id in the metadata object of a folder, if any."""
        name = _OLD_PREFIX + chunked_format.METADATA
        try:
            folder = os.path.join(self._root, container)
            if name not in dict(_files(folder, name)):
                return None
            with open(os.path.join(folder, name), 'rb') as stream:
                return chunked_format.read_backup_id(stream)
        except ValueError:
            return None
        except OSError as error:
            if self._is_gone(error):
                return None
            raise lookup.unreadable(error) from error

    @contextlib.contextmanager
    def _open(
        self, container: str, name: str
    ) -> Iterator[json_stream.Readable]:
        with self.driver._get_object_reader(container, name) as stream:
            yield stream

    def _list(self, container: str, prefix: str) -> list[tuple[str, int]]:
        folder = os.path.join(self.driver.backup_path, container)
        return host_service.run_blocking(_files, folder, prefix)

    def find_stored(self, containers: Iterable[str]) -> Iterator[base.Stored]:
        """See :meth:`base.Listing.find_stored`.

        All folders below the backup path are walked. Backups of Cinder up to
        10.0 are not found, because the names of their objects do not have
        the backup's id.
        """

        def refuse(error: OSError) -> None:
            # A folder may be removed while its parent is being walked.
            if not self._is_gone(error):
                raise lookup.unreadable(error) from error

        root = os.path.realpath(self.driver.backup_path)
        for folder, _folders, names in os.walk(root, onerror=refuse):
            container = os.path.relpath(folder, root)
            yield from chunked.stored_backups(container, sorted(names))

    def _is_gone(self, error: Exception) -> bool:
        return isinstance(error, (FileNotFoundError, NotADirectoryError))


def _has_links(root: str, container: str) -> bool:
    """Return whether there are, or may be, links in a folder's path.

    Only the folders below the root are examined, three for a backup by
    default: :func:`os.path.realpath` would examine those above it again for
    each record.
    """
    path = root
    for name in container.split('/'):
        path = os.path.join(path, name)
        try:
            if stat.S_ISLNK(os.lstat(path).st_mode):
                return True
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            return True
    return False


def _files(folder: str, prefix: str) -> list[tuple[str, int]]:
    """Return names and sizes in bytes of the files with a prefix."""
    with os.scandir(folder) as entries:
        # No driver creates links, and one could lead anywhere.
        return [
            (entry.name, entry.stat(follow_symlinks=False).st_size)
            for entry in entries
            if entry.name.startswith(prefix)
            and entry.is_file(follow_symlinks=False)
        ]


def _own_folder(backup_id: str) -> str:
    """Return the folder that the driver chooses unless the user does."""
    return os.path.join(backup_id[0:2], backup_id[2:4], backup_id)
