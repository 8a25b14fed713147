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

"""Client half of the RPC interface; the server half is in ``endpoints``."""

from collections.abc import Iterator
import contextlib
import typing

from cinder.common import constants
from cinder.objects import base as objects_base
from cinder import rpc
from oslo_config import cfg
import oslo_messaging as messaging

from cinder_backup_meta import objects

CONF = cfg.CONF

#: The namespace that keeps our methods apart from Cinder's on one topic.
NAMESPACE = 'backup_meta'


@contextlib.contextmanager
def unsupported_version_raised() -> Iterator[None]:
    """Raise what a host raised that does not know a method.

    Through a broker it comes as a ``RemoteError``, as Cinder's transport
    allows no exceptions but those of Cinder's own module.

    :raises oslo_messaging.UnsupportedVersion: where the host raised it
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
    """Asks a cinder-backup host that has the plugin.

    Not a subclass of Cinder's ``rpc.RPCAPI``: that would cap our versions by
    those of Cinder's own interface. All methods are *calls*: a host without
    the plugin answers with ``UnsupportedVersion``, where a cast to it would
    be lost.

    API version history:

    .. code-block:: none

        1.0 - Initial version: export_record, import_record, is_retained,
              release

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
        self, context: typing.Any, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Ask a host for the record of a backup.

        :raises oslo_messaging.MessagingTimeout: if the host does not answer
        :raises oslo_messaging.UnsupportedVersion: if it lacks the plugin
        """
        return self._call(
            context, host, '1.0', 'export_record', backup_id=backup_id
        )

    def import_record(
        self,
        context: typing.Any,
        host: str,
        record: objects.BackupRecord,
        backup_service: str,
        options: objects.BackupRecordOptions,
    ) -> objects.BackupRecordOutcome:
        """Ask a host to make a backup from a record.

        :param backup_service: the backup driver that the caller names
        :param options: what else the caller chose
        :raises oslo_messaging.MessagingTimeout: if the host does not answer
        :raises oslo_messaging.UnsupportedVersion: if it lacks the plugin
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
        self, context: typing.Any, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Ask a host whether a backup is retained."""
        return self._call(
            context, host, '1.0', 'is_retained', backup_id=backup_id
        )

    def release(
        self, context: typing.Any, host: str, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Ask a host to retain a backup no longer."""
        return self._call(context, host, '1.0', 'release', backup_id=backup_id)

    def export_records(
        self,
        context: typing.Any,
        host: str,
        selection: objects.BackupRecordSelection,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Ask a host for the next records of the selected backups."""
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
        context: typing.Any,
        host: str,
        batch: objects.BackupRecordBatch,
        options: objects.BackupRecordBatchOptions,
    ) -> objects.BackupRecordPage:
        """Ask a host to make backups from records, in one transaction."""
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
        context: typing.Any,
        host: str,
        selection: objects.BackupRecordSelection,
        options: objects.BackupRecordBatchOptions,
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordPage:
        """Ask a host to bring back what the catalog has and Cinder lacks."""
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
        context: typing.Any,
        host: str,
        selection: objects.BackupRecordSelection,
        sort: list[str],
        limit: int,
        marker: str | None,
    ) -> objects.BackupRecordEntryAnswer:
        """Ask a host for entries of the catalog.

        :param sort: each ``key:asc`` or ``key:desc``
        :param marker: the id that the last page ended with
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
        self, context: typing.Any, host: str, backup_id: str
    ) -> objects.BackupRecordEntryAnswer:
        """Ask a host for the catalog's entry of one backup."""
        return self._call(
            context, host, '1.1', 'show_record', backup_id=backup_id
        )

    def catalog_status(
        self, context: typing.Any, host: str
    ) -> objects.BackupRecordCatalogStatus:
        """Ask a host how well the catalog keeps up with Cinder."""
        return self._call(context, host, '1.1', 'catalog_status')

    def _call(
        self,
        context: typing.Any,
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
