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

"""What every repository answers."""

import abc
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import time
import typing

from oslo_config import cfg
from oslo_log import log as logging

from cinder_backup_meta import exception
from cinder_backup_meta.formats import fields
from cinder_backup_meta import reasons

LOG = logging.getLogger(__name__)

# As long as the columns of Cinder's ``backups`` table.
MAX_LENGTH = 255

# Seconds that a thread must save to be worth it, and for how many items then.
_AT_ONCE = 0.001
_IN_POOL = 256

Item = typing.TypeVar('Item')
Answer = typing.TypeVar('Answer')

_CODES = {
    'container': reasons.Reason.CONTAINER_INVALID,
    'service_metadata': reasons.Reason.SERVICE_METADATA_INVALID,
}


class DataMissing(exception.Refused):
    """The data of a backup is not there, or is not whole.

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
    """Something in the storage that has the name of a backup's objects."""

    container: str
    prefix: str
    backup_id: str


class Repository(abc.ABC):
    """The backups that one backup driver holds.

    A record is anything with the attributes of a backup's record, such as
    :class:`cinder_backup_meta.objects.BackupRecord` or Cinder's ``Backup``;
    what an old release did not write may be unset.

    :ivar can_look: false where it can't be told whether data is there;
        nothing is looked up then, and whoever asked should be told so
    :ivar can_list: true where it can be told what lies there, whether any
        record names it or not
    """

    can_look = True
    can_list = False

    def __init__(self, driver: typing.Any) -> None:
        """Take the driver through which the storage is reached.

        :param driver: an instance of one of Cinder's backup drivers
        """
        self.driver = driver

    @abc.abstractmethod
    def check_location(self, record: typing.Any) -> None:
        """Refuse a record that points where no backup of its own can be.

        ``container`` and ``service_metadata`` are all that Cinder's drivers
        find a backup's objects by, at restore and at delete. They must be of
        the form that the driver writes and must name this backup, or the
        record could name the objects of another.

        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID;
            the text says what the value must be like and never repeats it
        """

    def source_id(self, record: typing.Any) -> str:
        """Return the id of the backup whose data a record names.

        That of the record itself, but for a copy: a record that was given
        another id, so that two backups have the same data. Only families
        that write the id into the data's name can have copies.

        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID
            where no backup of the volume can be
        """
        self.check_location(record)
        return typing.cast(str, record.id)

    # Most drivers need nothing from a parent but that it exists.
    def check_parent(  # noqa: B027
        self, record: typing.Any, parent: typing.Any
    ) -> None:
        """Refuse an incremental backup that does not build on its parent.

        For the families where a child names its parent's objects; to the
        others every parent is right.

        :param parent: the record or the backup that ``parent_id`` names
        :raises Refused: with CONTAINER_INVALID or SERVICE_METADATA_INVALID
        """

    def must_look(self, record: typing.Any) -> bool:
        """Tell whether a record proves nothing until its data is looked at.

        Such a record may not be imported unseen: its names alone could be
        those of another backup's data.
        """
        return False

    @abc.abstractmethod
    def find_faults(
        self, records: Iterable[typing.Any]
    ) -> dict[str, exception.Refused]:
        """Look for the data of many backups, side by side.

        The records must have passed :meth:`check_location`. Nothing in the
        storage is changed. Only where :attr:`can_look` is true.

        :returns: by backup id what is to be said against the record: with
            DATA_MISSING if its data is not there or not whole, with
            DATA_UNREADABLE if the storage did not answer, so that nobody
            knows. A backup whose data is all there is absent.
        """

    def find_missing(self, records: Iterable[typing.Any]) -> dict[str, str]:
        """Look for the data of many backups; all of it must be readable.

        :returns: by backup id what is missing or wrong, in words; a backup
            whose data is all there is absent
        :raises Refused: with DATA_UNREADABLE if the storage did not answer
            for one of them
        """
        faults = self.find_faults(records)
        missing = {}
        for backup_id, fault in faults.items():
            if not isinstance(fault, DataMissing):
                raise fault
            missing[backup_id] = fault.what
        return missing

    def find_stored(self, containers: Iterable[str]) -> Iterator[Stored]:
        """Yield what lies in the storage, by whose objects it is.

        The same may come several times. What has no name that the driver
        would give is not told of. Only where :attr:`can_list` is true.

        :param containers: where to look, besides the driver's own default
        :raises Refused: with DATA_UNREADABLE if the storage did not answer
        """
        raise NotImplementedError('can_list is false')

    def is_stored(self, stored: Stored) -> bool:
        """Tell whether that is still there.

        :raises Refused: with DATA_UNREADABLE if the storage did not answer
        """
        raise NotImplementedError('can_list is false')


def thread_pool() -> futures.ThreadPoolExecutor:
    """Return threads to look into the storage with, as the operator allows."""
    return futures.ThreadPoolExecutor(cfg.CONF.backup_meta.lookup_threads)


def side_by_side(
    function: Callable[[Item], Answer], items: Sequence[Item]
) -> list[Answer]:
    """Return what a function that asks the storage makes of each item.

    One after the other while the storage answers at once, as a file system on
    a local disk does; for it costs more to hand an item to a thread and to
    fetch the answer. In threads where it does not.
    """
    answers: list[Answer] = []
    while len(answers) < len(items):
        start = time.monotonic()
        answers.append(function(items[len(answers)]))
        if time.monotonic() - start > _AT_ONCE:
            # Not for good: a single answer may just have come late.
            after = len(answers)
            with thread_pool() as pool:
                answers += pool.map(function, items[after : after + _IN_POOL])
    return answers


def check_text(record: typing.Any, name: str) -> str:
    """Return ``container`` or ``service_metadata`` if it is text at all.

    :raises Refused: if it is null, empty, longer than the column, or has
        characters that can't be printed, such as NUL or a line's end
    """
    text = fields.value(record, name)
    if not isinstance(text, str) or not text:
        raise refusal(name, 'must be a string that is not empty')
    if len(text) > MAX_LENGTH:
        raise refusal(name, f'must not be longer than {MAX_LENGTH} characters')
    if not text.isprintable():
        raise refusal(name, 'must not hold control characters')
    return text


def refusal(name: str, rule: str) -> exception.Refused:
    """Return what to raise for a ``container`` or ``service_metadata``."""
    return exception.Refused(_CODES[name], f'{name}: {rule}')


def unreadable(error: Exception) -> exception.Refused:
    """Return, and log, that the storage did not answer."""
    what = f'{type(error).__name__}: {fields.quote(error)}'
    LOG.warning('The backup storage can not be read: %s', what)
    return exception.Refused(
        reasons.Reason.DATA_UNREADABLE,
        'the backup storage can not be read, so nobody knows whether the '
        'data is there; see to the storage and to how cinder-backup reaches '
        f'it, then try again ({what})',
    )
