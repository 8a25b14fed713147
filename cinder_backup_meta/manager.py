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

"""The manager that cinder-backup runs with the plugin in place."""

from collections.abc import Iterator
import contextlib
import typing

from cinder.backup import manager
from cinder import exception as cinder_exception
from cinder.objects import fields
from cinder.volume import volume_utils
from oslo_config import cfg
from oslo_service import periodic_task

from cinder_backup_meta.catalog import records
from cinder_backup_meta.catalog import worker
from cinder_backup_meta import conf
from cinder_backup_meta import exception
from cinder_backup_meta import log as logging
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.restore import guard
from cinder_backup_meta.retention import retained
from cinder_backup_meta.retention import spared
from cinder_backup_meta.worker import endpoints

conf.register_opts(cfg.CONF)

LOG = logging.getLogger(__name__)


class BackupManager(manager.BackupManager):
    """Cinder's backup manager with the plugin's RPC endpoints beside it.

    Takes the place of ``cinder.backup.manager.BackupManager`` by the option
    ``backup_manager``. Cinder's own RPC interface stays as it is, version
    and all: its version is what the other services pin theirs to.

    After each operation on a backup, however it ended, the backup is captured
    into the catalog. The backup driver is guarded against what Cinder restores
    wrong.

    :ivar service: the class of the backup driver
    :ivar catalog: captures backups that may have changed
    :ivar drivers: the instances of the backup driver, for what the plugin
        does; Cinder itself builds one for each operation
    """

    service: typing.Any

    def __init__(self, *args: typing.Any, **kwargs: typing.Any) -> None:
        super().__init__(*args, **kwargs)
        self.service = guard.guarded(self.service)
        self.drivers = drivers.Instances(self.driver_name)
        self.catalog = worker.Worker(records.Maker(self.drivers))
        self.additional_endpoints.extend(endpoints.load(self))

    def init_host_with_rpc(self) -> None:
        """Start capturing into the catalog, after the service has started."""
        super().init_host_with_rpc()
        self.catalog.wake()

    @periodic_task.periodic_task(spacing=1)
    def _keep_catalog(self, context: typing.Any) -> None:
        # The worker decides whether anything is due.
        self.catalog.wake()

    @contextlib.contextmanager
    def _captured(self, backup: typing.Any) -> Iterator[None]:
        # The row of its parent has the number of children.
        backup_ids = backup.id, backup.parent_id
        try:
            yield
        finally:
            self.catalog.put(*backup_ids)

    def continue_backup(
        self,
        context: typing.Any,
        backup: typing.Any,
        backup_device: typing.Any,
    ) -> None:
        """Do what Cinder does; the backup becomes available."""
        with self._captured(backup):
            super().continue_backup(context, backup, backup_device)

    def restore_backup(
        self,
        context: typing.Any,
        backup: typing.Any,
        volume_id: str,
        volume_is_new: bool,
    ) -> None:
        """Do what Cinder does; the backup becomes available again."""
        with self._captured(backup):
            super().restore_backup(context, backup, volume_id, volume_is_new)

    def import_record(
        self,
        context: typing.Any,
        backup: typing.Any,
        *args: typing.Any,
        **kwargs: typing.Any,
    ) -> None:
        """Do what Cinder does, for a cinder-api that has no plugin."""
        with self._captured(backup):
            super().import_record(context, backup, *args, **kwargs)

    def reset_status(
        self, context: typing.Any, backup: typing.Any, status: str
    ) -> None:
        """Do what Cinder does; the backup may become available."""
        with self._captured(backup):
            super().reset_status(context, backup, status)

    def delete_backup(self, context: typing.Any, backup: typing.Any) -> None:
        """Delete a backup; if it is retained, only its row.

        The same holds for a backup whose data another backup shares. A key
        that something else names is left too.

        Answers to ``BackupManager.delete_backup`` of Cinder, which does all
        the rest: status, quota, the parent's count, notifications.

        :raises InvalidBackup: if the backup is not deleted; its status and
            fail_reason say why
        """
        with self._captured(backup):
            self._delete_backup(context, backup)

    def _delete_backup(self, context: typing.Any, backup: typing.Any) -> None:
        # Cinder refuses one of another status, whatever it is.
        if backup.status != fields.BackupStatus.DELETING:
            super().delete_backup(context, backup)
            return
        left = self._find_spared(context, backup)
        if left.why:
            LOG.info(
                'Backup %(id)s %(why)s: its row is deleted, its %(what)s '
                'left.',
                {
                    'id': backup.id,
                    'why': left.why,
                    'what': (
                        'data and its encryption key are'
                        if left.data
                        else 'encryption key is'
                    ),
                },
            )
        with _hidden(backup, left):
            super().delete_backup(context, backup)
        if left is spared.ALL:
            self._release(context, backup)

    def _find_spared(
        self, context: typing.Any, backup: typing.Any
    ) -> spared.Spared:
        try:
            is_retained = retained.is_retained(context, backup.id)
            return spared.find(context, backup, is_retained)
        except exception.Refused as error:
            # Fits into fail_reason, of 255 characters.
            why = 'Not deleted, as it may be retained'
            if error.code is reasons.Reason.BACKUP_NOT_AVAILABLE:
                why = 'Not deleted'
            text = f'{why}: {error.kwargs["detail"]}'
            LOG.error(
                'Backup %(id)s: %(text)s; then delete it again.',
                {'id': backup.id, 'text': text},
            )
            volume_utils.update_backup_error(
                backup, text, fields.BackupStatus.ERROR_DELETING
            )
            raise cinder_exception.InvalidBackup(reason=text) from None

    def _release(self, context: typing.Any, backup: typing.Any) -> None:
        try:
            retained.release(context, backup.id)
        except exception.Refused:
            # The backup is gone. That it would be retained if it came back
            # destroys nothing.
            LOG.warning(
                'Backup %s is deleted, but is still noted as retained.',
                backup.id,
            )


@contextlib.contextmanager
def _hidden(backup: typing.Any, left: spared.Spared) -> Iterator[None]:
    """Hide what a deletion of a backup leaves alone from the deletion.

    Cinder's deletion then has nothing to ask of the driver or of the key
    manager. Cinder saves a backup on many ways through it, errors above all,
    but only the fields that it knows to be changed: these are not among them,
    so that the row keeps what it has.
    """
    hidden = {'service': left.data, 'encryption_key_id': left.key}
    values = {name: getattr(backup, name) for name in hidden if hidden[name]}
    _set_unchanged(backup, dict.fromkeys(values))
    try:
        yield
    finally:
        _set_unchanged(backup, values)


def _set_unchanged(backup: typing.Any, values: dict[str, typing.Any]) -> None:
    for name, value in values.items():
        setattr(backup, name, value)
    backup.obj_reset_changes(list(values))
