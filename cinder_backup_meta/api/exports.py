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
from cinder import objects as cinder_objects


from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.exporter import single
from cinder_backup_meta import log as logging
from cinder_backup_meta import objects
from cinder_backup_meta.policies import exports as rules
from cinder_backup_meta import reasons
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
        """Return the record of a backup.

        That of Cinder's own drivers is made here, so that it can be had even
        if no cinder-backup is up; any other by a host that has the driver.

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
            service = backup.service
            if single.needs_driver(backup):
                event.host, outcome = self._hosts.ask(
                    lambda host: self._hosts.rpcapi.export_record(
                        context, host, backup.id
                    ),
                    first=backup.host,
                )
                service = service or outcome.backup_service
                record = outcome.record
            else:
                record = objects.BackupRecord.from_backup(context, backup, {})
            event.record = record.to_string()
            _warn_if_refused(backup, event.record)
            return {'backup_service': service, 'backup_url': event.record}

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
            project_id = policy.only_project(context, rules.EXPORT)
            if project_id is not None:
                _restrict(selection, project_id)
            chosen = objects.BackupRecordSelection.with_defaults(
                context, **selection
            )
            event.host, page = self._hosts.ask(
                lambda host: self._hosts.rpcapi.export_records(
                    context, host, chosen, limit, marker
                )
            )
            if project_id is not None:
                _hide(context, page)
            event.records = [item['backup_url'] for item in page.items]
            event.backup_ids = [item['id'] for item in page.items]
            return page


def _restrict(selection: dict[str, typing.Any], project_id: str) -> None:
    """Restrict a selection to the backups of a project."""
    if selection.get('project_id') not in (None, project_id):
        # There is nothing of another project for the caller.
        selection['backup_ids'] = []
    selection['project_id'] = project_id


def _hide(
    context: cinder_context.RequestContext, page: objects.BackupRecordPage
) -> None:
    """Leave out of a page what the caller may not see.

    Whoever builds on the backup of another project knows its id, and is told
    that there is no such backup.
    """
    asked = {item['id'] for item in (*page.items, *page.omitted)}
    with models.main_context_manager.reader.using(context):
        rows = backups.get_states(context, sorted(asked))
    hidden = {
        backup_id
        for backup_id, row in rows.items()
        if not policy.is_allowed(context, rules.EXPORT, policy.owner_of(row))
    }
    page.items = [item for item in page.items if item['id'] not in hidden]
    page.omitted = [
        item for item in page.omitted if item['id'] not in hidden
    ] + [_not_found(backup_id) for backup_id in sorted(hidden)]


def _not_found(backup_id: str) -> dict[str, str | None]:
    return {
        'id': backup_id,
        'name': None,
        'project_id': None,
        'reason': str(reasons.Reason.BACKUP_NOT_FOUND),
        'detail': f'Backup {backup_id} could not be found.',
    }


def _warn_if_refused(backup: cinder_objects.Backup, string: str) -> None:
    """Log a warning if an import refuses the record that is exported."""
    if fault := codec.read_back(string):
        LOG.warning(
            'The record of backup %(id)s of project %(project)s was '
            'exported, but an import refuses it: %(fault)s',
            {
                'id': backup.id,
                'project': backup.project_id,
                'fault': fault,
            },
        )
