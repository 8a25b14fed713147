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

"""Client half of the RPC interface.

Used by cinder-api; the server half, in cinder-backup, is
:mod:`cinder_backup_meta.worker.endpoints`.
"""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import typing

from cinder.common import constants
from cinder import context as cinder_context
from cinder import objects as cinder_objects
from cinder.objects import base as objects_base
from cinder import rpc
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta import conf
from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta import deadlines
from cinder_backup_meta import exception
from cinder_backup_meta import objects

CONF = cfg.CONF
conf.register_opts(CONF)

#: Keeps the plugin's methods apart from Cinder's on the same topic.
NAMESPACE = 'backup_meta'

# The methods that only read the catalog.
_READS = frozenset(
    ('is_retained', 'list_records', 'show_record', 'catalog_status')
)

# The part of the time for a call after which a host does not begin to write
# any more, so that its answer is in time.
_TIME_TO_WRITE = 0.9

# Calls of one process at a time. Cinder's own calls share the connections to
# the message broker, of which there are 30 by default (rpc_conn_pool_size),
# and all other requests the threads of cinder-api.
_reads = deadlines.Slots(lambda: 12, patience=2)
_others = deadlines.Slots(lambda: 24, patience=2)


class BrokerUnavailable(exception.BackupMetaException):
    """The message broker has not taken a call in time."""

    message = (
        'the message broker did not take the request within %(seconds)d '
        'seconds; a host that receives it later does not carry it out. Check '
        'the broker, and transport_url in [DEFAULT]'
    )


class TooManyCalls(exception.BackupMetaException):
    """Too many requests to hosts are being made already."""

    message = (
        'too many requests of this kind are waiting for cinder-backup '
        'already. Try again later'
    )


@contextlib.contextmanager
def unsupported_version_raised() -> Iterator[None]:
    """Raise UnsupportedVersion if a host does not know a method.

    Through a broker it arrives as a ``RemoteError``, because Cinder's
    transport allows only exceptions of Cinder's own module.

    :raises oslo_messaging.UnsupportedVersion: if the host raised it
    """
    try:
        yield
    except messaging.RemoteError as error:
        if error.exc_type == messaging.UnsupportedVersion.__name__:
            raise messaging.UnsupportedVersion(
                BackupMetaAPI.RPC_API_VERSION
            ) from error
        raise


class BackupMetaAPI:
    """The RPC methods of cinder-backup hosts that have the plugin.

    Not a subclass of Cinder's ``rpc.RPCAPI``, which would cap the plugin's
    versions by those of Cinder's own interface. All methods are *calls*: a
    host without the plugin answers ``UnsupportedVersion``, while a cast to it
    would be lost.

    Every method takes the name of the host to call, and raises
    ``oslo_messaging.MessagingTimeout`` if the host does not answer,
    ``oslo_messaging.UnsupportedVersion`` if it does not have the plugin, or an
    older version of it, :class:`BrokerUnavailable` if the message could not be
    sent in time, and :class:`TooManyCalls` if it was not even tried. It ends
    after ``rpc_timeout`` seconds, or when the time of the request is over. A
    host writes nothing after that: the methods that write have the argument
    ``expires_at``, a time by the clock of Cinder's database. A refusal is
    returned: the answer then has a ``reason`` and a ``detail``.

    API version history:

    .. code-block:: none

        1.0 - Initial version: export_record, import_record, is_retained,
              release
        1.1 - Add export_records, import_records, recover_records,
              list_records, show_record and catalog_status
        1.2 - Add expires_at to import_record, release, import_records and
              recover_records, and ignore_unknown to the options of the latter
              two
        1.3 - Add restore_target

    Answered by :mod:`cinder_backup_meta.worker.endpoints`.
    """

    RPC_API_VERSION = '1.3'

    def __init__(self) -> None:
        target = messaging.Target(
            topic=constants.BACKUP_TOPIC,
            namespace=NAMESPACE,
            version=self.RPC_API_VERSION,
        )
        self.client = rpc.get_client(
            target,
            version_cap=self.RPC_API_VERSION,
            serializer=objects_base.CinderObjectSerializer(),
        )

    def export_record(
        self, context: cinder_context.RequestContext, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return the record of a backup; nothing is changed."""
        return self._call(
            context, host, '1.0', 'export_record', backup_id=backup_id
        )

    def import_record(
        self,
        context: cinder_context.RequestContext,
        host: str,
        record: objects.BackupRecord,
        backup_service: str,
        options: objects.BackupRecordOptions,
    ) -> objects.BackupRecordOutcome:
        """Make a backup from a record.

        :param backup_service: the backup driver that the caller names
        :param options: the other choices of the caller
        """
        return self._call_in_time(
            context,
            host,
            'import_record',
            record=record,
            backup_service=backup_service,
            options=options,
        )

    def is_retained(
        self, context: cinder_context.RequestContext, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return whether a backup is retained."""
        return self._call(
            context, host, '1.0', 'is_retained', backup_id=backup_id
        )

    def release(
        self, context: cinder_context.RequestContext, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Release a backup that may be retained."""
        return self._call_in_time(
            context, host, 'release', backup_id=backup_id
        )

    def export_records(
        self,
        context: cinder_context.RequestContext,
        host: str,
        selection: objects.BackupRecordSelection,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Return the next records of the selected backups.

        :param limit: maximum number of selected backups to go through
        :param marker: ``next_marker`` of the previous page
        """
        return self._call(
            context,
            host,
            '1.1',
            'export_records',
            selection=selection,
            limit=limit,
            marker=marker,
        )

    def import_records(
        self,
        context: cinder_context.RequestContext,
        host: str,
        batch: objects.BackupRecordBatch,
        options: objects.BackupRecordBatchOptions,
    ) -> objects.BackupRecordPage:
        """Make backups from records, in one transaction."""
        return self._call_in_time(
            context,
            host,
            'import_records',
            batch=batch,
            options=options,
        )

    def recover_records(
        self,
        context: cinder_context.RequestContext,
        host: str,
        selection: objects.BackupRecordSelection,
        options: objects.BackupRecordBatchOptions,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Recover backups that the catalog has and Cinder has lost.

        :param limit: maximum number of catalog entries to go through
        :param marker: ``next_marker`` of the previous page
        """
        return self._call_in_time(
            context,
            host,
            'recover_records',
            selection=selection,
            options=options,
            limit=limit,
            marker=marker,
        )

    def list_records(
        self,
        context: cinder_context.RequestContext,
        host: str,
        selection: objects.BackupRecordSelection,
        sort: list[str],
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordEntryAnswer:
        """Return entries of the catalog, without the record strings.

        :param sort: sort keys, each ``key:asc`` or ``key:desc``
        :param marker: id of the last entry of the previous page
        """
        return self._call(
            context,
            host,
            '1.1',
            'list_records',
            selection=selection,
            sort=sort,
            limit=limit,
            marker=marker,
        )

    def show_record(
        self, context: cinder_context.RequestContext, host: str, backup_id: str
    ) -> objects.BackupRecordEntryAnswer:
        """Return the catalog entry of one backup, with the record string."""
        return self._call(
            context, host, '1.1', 'show_record', backup_id=backup_id
        )

    def catalog_status(
        self, context: cinder_context.RequestContext, host: str
    ) -> objects.BackupRecordCatalogStatus:
        """Return whether the catalog is up to date with Cinder."""
        return self._call(context, host, '1.1', 'catalog_status')

    def restore_target(
        self,
        context: cinder_context.RequestContext,
        host: str,
        backup: cinder_objects.Backup,
    ) -> objects.BackupRecordTarget:
        """Return what a restore of a backup requires of the volume."""
        return self._call(
            context, host, '1.3', 'restore_target', backup=backup
        )

    def _call(
        self,
        context: cinder_context.RequestContext,
        host: str,
        version: str,
        method: str,
        **arguments: typing.Any,
    ) -> typing.Any:

        def call() -> typing.Any:
            client = self.client.prepare(
                server=host,
                version=version,
                # Shorter, to tell a host that does not answer from a broker
                # that does not take the message: oslo.messaging retries that
                # for ever. Of what is left after waiting for a slot.
                timeout=_answer_within(_timeout()),
            )
            with unsupported_version_raised():
                return client.call(context, method, **arguments)

        slots = _reads if method in _READS else _others
        return _in_time(call, _timeout(), slots)

    def _call_in_time(
        self,
        context: cinder_context.RequestContext,
        host: str,
        method: str,
        **arguments: typing.Any,
    ) -> typing.Any:
        """Call a method that writes, and not after it was given up."""
        given = _TIME_TO_WRITE * _answer_within(_timeout())
        expires_at = server_clock.now(context) + given
        return self._call(
            context, host, '1.2', method, expires_at=expires_at, **arguments
        )


def _timeout() -> float:
    """Return how long a call may take."""
    left = deadlines.remaining()
    limit = float(CONF.backup_meta.rpc_timeout)
    return limit if left is None else min(limit, left)


def _answer_within(timeout: float) -> float:
    """Return how long a host may take if the whole call may take a time."""
    return max(timeout - 1, timeout / 2)


def _in_time(
    call: Callable[[], typing.Any], timeout: float, slots: deadlines.Slots
) -> typing.Any:
    try:
        return slots.run(call, timeout)
    except deadlines.Expired:
        raise BrokerUnavailable(seconds=timeout) from None
    except deadlines.Busy:
        raise TooManyCalls from None
