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

"""Export of records."""

import typing

from cinder import context as cinder_context


from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta.exporter import single
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta.policies import exports as rules
from cinder_backup_meta.record import codec

LOG = logging.getLogger(__name__)


class Exports:
    """The export use cases.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def export_record(
        self, context: cinder_context.RequestContext, backup_id: str
    ) -> dict[str, str]:
        """Return the record of a backup, from any host that can make it.

        :returns: ``backup_service`` and ``backup_url``, the two values that
            an import takes
        :raises InvalidBackup: if the backup is not available
        :raises BackupHostUnavailable: if no live host has its driver
        """
        event = audit.RecordEvent('export', backup_id=backup_id)
        with errors.translated(), audit.trail(context, event):
            # Without the right to export, a caller must not learn which
            # backups exist either.
            context.authorize(rules.EXPORT_RECORD)
            backup = policy.get_backup(context, backup_id)
            context.authorize(rules.EXPORT_RECORD, target_obj=backup)
            single.check_status(backup)
            event.host, outcome = self._hosts.ask(
                lambda host: self._hosts.rpcapi.export_record(
                    context, host, backup.id
                ),
                first=backup.host,
            )
            event.record = outcome.record.to_string()
            if fault := codec.read_back(event.record):
                LOG.warning(
                    'The record of backup %(id)s of project %(project)s was '
                    'exported, but an import refuses it: %(fault)s',
                    {
                        'id': backup_id,
                        'project': backup.project_id,
                        'fault': fault,
                    },
                )
            return {
                'backup_service': backup.service or outcome.backup_service,
                'backup_url': event.record,
            }

    def export_records(
        self,
        context: cinder_context.RequestContext,
        limit: int,
        marker: str | None,
        **selection: typing.Any,
    ) -> objects.BackupRecordPage:
        """Return the next records of the selected backups.

        :param limit: maximum number of selected backups to go through
        :param marker: ``next_marker`` of the previous page
        :param selection: fields of
            :class:`cinder_backup_meta.objects.BackupRecordSelection`
        :raises BackupHostUnavailable: if no live host answers
        """
        event = audit.PageEvent('export')
        with errors.translated(), audit.trail(context, event):
            policy.authorize(context, rules.EXPORT)
            chosen = objects.BackupRecordSelection.with_defaults(
                context, **selection
            )
            event.host, page = self._hosts.ask(
                lambda host: self._hosts.rpcapi.export_records(
                    context, host, chosen, limit, marker
                )
            )
            event.records = [item['backup_url'] for item in page.items]
            event.backup_ids = [item['id'] for item in page.items]
            return page
