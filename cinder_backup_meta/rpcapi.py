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

from collections.abc import Iterator
import contextlib
import typing

from cinder.common import constants
from cinder import context as cinder_context
from cinder.objects import base as objects_base
from cinder import rpc
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta import objects

CONF = cfg.CONF

#: Keeps the plugin's methods apart from Cinder's on the same topic.
NAMESPACE = 'backup_meta'


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
    ``oslo_messaging.MessagingTimeout`` if the host does not answer and
    ``oslo_messaging.UnsupportedVersion`` if it does not have the plugin, or an
    older version of it. A refusal is returned: the answer then has a
    ``reason`` and a ``detail``.

    API version history:

    .. code-block:: none

        1.0 - Initial version: export_record, import_record, is_retained,
              release
        1.1 - Add export_records, import_records, recover_records,
              list_records, show_record and catalog_status

    Answered by :mod:`cinder_backup_meta.worker.endpoints`.
    """

    RPC_API_VERSION = '1.1'

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
        return self._call(
            context,
            host,
            '1.0',
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
        return self._call(context, host, '1.0', 'release', backup_id=backup_id)

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
        return self._call(
            context,
            host,
            '1.1',
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
        return self._call(
            context,
            host,
            '1.1',
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

    def _call(
        self,
        context: cinder_context.RequestContext,
        host: str,
        version: str,
        method: str,
        **arguments: typing.Any,
    ) -> typing.Any:
        client = self.client.prepare(
            server=host, version=version, timeout=CONF.backup_meta.rpc_timeout
        )
        with unsupported_version_raised():
            return client.call(context, method, **arguments)
