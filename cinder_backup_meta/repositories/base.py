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

"""The interfaces of a repository: its rules, its lookup and its listing.

The docstring of the package lists the steps for a new backup driver.
"""

import abc
from collections.abc import Iterable
from collections.abc import Iterator
import functools
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.formats import storage
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers


class DataMissing(exception.Refused):
    """The data of a backup is missing or incomplete.

    :ivar what: what is missing or wrong, in words
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            reasons.Reason.DATA_MISSING,
            'the backup repository does not hold what the record describes: '
            f'{what}',
        )


class Stored(typing.NamedTuple):
    """A backup found in the storage by the names of its objects.

    :ivar container: as in the ``container`` of the backup's record
    :ivar prefix: as in its ``service_metadata``
    :ivar backup_id: the id that the prefix contains
    """

    container: str
    prefix: str
    backup_id: str


class Repository(abc.ABC):
    """The backups that one backup driver stores, and the rules for records.

    The rules stand in for a check that Cinder lacks: its drivers find, and
    delete, whatever a record names. A record is any object with the
    attributes of a backup's record, such as
    :class:`cinder_backup_meta.objects.BackupRecord` or Cinder's ``Backup``.
    Fields that an old release of Cinder did not write may be unset.

    A class that can also look for data is a :class:`Lookup` too, and one that
    can list the storage is a :class:`Listing` too.

    The rules for records need no driver, so that records can be imported
    while the storage is away; only looking and listing do.
    """

    def __init__(self, found: drivers.Instances, context: typing.Any) -> None:
        """Construct the repository of a driver; build no driver yet.

        :param found: the instances of the driver
        :param context: the context of the request that the repository is for
        """
        self._found = found
        self._context = context

    @functools.cached_property
    def driver(self) -> typing.Any:
        """The driver through which the storage is reached.

        It is built when it is first asked for.

        :raises DriverUnusable: if it cannot be built
        """
        return self._found.get(self._context)

    @property
    def lookup(self) -> 'Lookup | None':
        """What looks for the data of backups, None if this host cannot.

        It is the repository itself where its class is a :class:`Lookup`.
        Override it if the ability depends on the host, for example on an
        optional library.
        """
        return self if isinstance(self, Lookup) else None

    @property
    def listing(self) -> 'Listing | None':
        """What lists the backups in the storage, None if this host cannot.

        It is the repository itself where its class is a :class:`Listing`.
        """
        return self if isinstance(self, Listing) else None

    @property
    def storage(self) -> storage.Storage | None:
        """What the data engine reads backups from, None if it cannot.

        It can if the driver writes what :mod:`cinder_backup_meta.formats`
        reads.
        """
        return None

    def prepare(self) -> None:
        """Build the driver, before it is needed for each of many backups.

        If it cannot be built, finding that out may take long.

        :raises DriverUnusable: if it cannot be built
        """
        self._found.get(self._context)

    @abc.abstractmethod
    def check_location(self, record: typing.Any) -> None:
        """Refuse a record that points where no backup of its own can be.

        Cinder's drivers find the objects of a backup by ``container`` and
        ``service_metadata`` alone, at restore and at delete. Both must have
        the form that the driver writes and must name this backup, or the
        record could name the objects of another.

        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID;
            the text gives the rule and never repeats the value
        """

    def normal_container(self, container: str) -> str:
        """Return the spelling of a container that its backup is to have.

        Override it in a family in which several spellings mean the same
        container.

        :param container: has passed :meth:`check_location`
        """
        return container

    def source_id(self, record: typing.Any) -> str:
        """Return the id of the backup whose data a record names.

        It differs from the record's own id for a copy: a record that was
        given another id, so that two backups have the same data. Override it
        in a family that writes the id into the names of the data; the
        others cannot recognize copies.

        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID
            if no backup of the volume can be there
        """
        self.check_location(record)
        return typing.cast(str, record.id)

    # Most drivers need nothing from a parent but that it exists.
    def check_parent(  # noqa: B027
        self, record: typing.Any, parent: typing.Any
    ) -> None:
        """Refuse an incremental backup that does not build on its parent.

        Override it in a family where the record of a child names objects of
        its parent. By default every parent is accepted.

        :param parent: the record or the backup that ``parent_id`` names
        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID
        """

    def volume_metadata(self, record: typing.Any) -> str | None:
        """Return the metadata of the volume, as it was when backed up.

        It is the JSON that ``BackupMetadataAPI.get`` of Cinder returned, from
        where the driver's ``restore`` will read it. Override it where this is
        known.

        :returns: None if there is none, or if it cannot be known
        :raises Refused: with DATA_MISSING or DATA_UNREADABLE
        """
        return None

    def must_look(self, record: typing.Any) -> bool:
        """Return whether a record must not be imported without a lookup.

        This is so if the names in the record could be those of another
        backup's data as well, and only the data can tell.
        """
        return False


class Lookup(abc.ABC):
    """Looking for the data of backups; see :attr:`Repository.lookup`."""

    @abc.abstractmethod
    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """Look for the data of many backups, without changing the storage.

        The records must have passed :meth:`Repository.check_location` or
        :meth:`Repository.source_id`, and their ``project_id`` is that of the
        project which has the backup or is to have it. What is required is
        what the driver's ``restore`` would require. An error of the storage
        is a result, not an exception: it must not hide what was found for
        other records.

        :returns: the faults by backup id: a :class:`DataMissing` if the data
            is missing or incomplete; a Refused with DATA_UNREADABLE, see
            :func:`.lookup.unreadable`, if the storage did not answer, or with
            DATA_NOT_LOOKED_AT if the place where the data is was not. A
            backup whose data is complete is absent.
        """


class Listing(abc.ABC):
    """Listing the backups in the storage; see :attr:`Repository.listing`."""

    @abc.abstractmethod
    def find_stored(self, containers: Iterable[str]) -> Iterator[Stored]:
        """Yield the backups that the storage has, known to Cinder or not.

        A backup may be yielded several times. Objects without a name that
        the driver gives are ignored.

        :param containers: where to look, besides the driver's own default
        :raises Refused: with DATA_UNREADABLE if the storage did not answer
        """

    @abc.abstractmethod
    def is_stored(self, stored: Stored) -> bool:
        """Return whether the storage still has objects of a backup.

        :raises Refused: with DATA_UNREADABLE if the storage did not answer
        """
