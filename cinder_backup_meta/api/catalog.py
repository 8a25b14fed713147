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

"""Reading the catalog."""

import typing

from cinder import context as cinder_context
from cinder import exception as cinder_exception

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta.policies import catalog as rules
from cinder_backup_meta import reasons

# Cinder may have a backup that the catalog knows nothing of.
_NOT_IN_CATALOG = (
    reasons.Reason.RECORD_NOT_FOUND,
    reasons.Reason.CATALOG_UNAVAILABLE,
)


class Catalog:
    """The use cases that read the catalog.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def list_records(
        self,
        context: cinder_context.RequestContext,
        sort: list[str],
        limit: int,
        marker: str | None,
        **selection: typing.Any,
    ) -> list[objects.BackupRecordEntry]:
        """Return entries of the catalog, without the record strings.

        :param sort: sort keys, each ``key:asc`` or ``key:desc``
        :param marker: id of the last entry of the previous page
        :param selection: fields of
            :class:`cinder_backup_meta.objects.BackupRecordSelection`
        :raises BackupHostUnavailable: if no live host answers, or the
            catalog cannot be read
        """
        project_id = policy.only_project(context, rules.GET_ALL)
        if project_id is not None:
            if selection.get('project_id') not in (None, project_id):
                return []
            selection['project_id'] = project_id
        chosen = objects.BackupRecordSelection.with_defaults(
            context, **selection
        )
        with errors.translated():
            _host, answer = self._hosts.ask(
                lambda host: self._hosts.rpcapi.list_records(
                    context, host, chosen, sort, limit, marker
                )
            )
        return [
            entry
            for entry in answer.objects
            if project_id is None
            or policy.is_allowed(
                context, rules.GET_ALL, policy.owner_of(entry)
            )
        ]

    def show_record(
        self, context: cinder_context.RequestContext, backup_id: str
    ) -> tuple[objects.BackupRecordEntry | None, bool]:
        """Return the entry of one backup, and whether it is retained.

        :returns: None as the entry if the catalog has none but Cinder has the
            backup
        :raises BackupNotFound: if neither has it
        """
        policy.authorize(context, rules.SHOW)
        entry = None
        with errors.translated():
            try:
                _host, answer = self._hosts.ask(
                    lambda host: self._hosts.rpcapi.show_record(
                        context, host, backup_id
                    )
                )
                [entry] = answer.objects
                self._want_seen(context, backup_id, entry)
            except exception.Refused as error:
                if error.code not in _NOT_IN_CATALOG:
                    raise
                backup = policy.get_backup(context, backup_id)
                self._want_seen(context, backup_id, backup)
            return entry, self._is_retained(context, backup_id)

    def _want_seen(
        self,
        context: cinder_context.RequestContext,
        backup_id: str,
        thing: typing.Any,
    ) -> None:
        """Raise BackupNotFound unless the caller may see a backup or entry."""
        target = policy.owner_of(thing)
        if not policy.is_allowed(context, rules.SHOW, target):
            raise cinder_exception.BackupNotFound(backup_id=backup_id)

    def _is_retained(
        self, context: cinder_context.RequestContext, backup_id: str
    ) -> bool:
        _host, outcome = self._hosts.ask(
            lambda host: self._hosts.rpcapi.is_retained(
                context, host, backup_id
            )
        )
        return bool(outcome.retained)

    def status(
        self, context: cinder_context.RequestContext
    ) -> objects.BackupRecordCatalogStatus:
        """Return whether the catalog is up to date with Cinder.

        :raises BackupHostUnavailable: if no live host answers, or the
            catalog cannot be read
        """
        policy.authorize(context, rules.STATUS, policy.EVERYTHING)
        with errors.translated():
            _host, answer = self._hosts.ask(
                lambda host: self._hosts.rpcapi.catalog_status(context, host)
            )
        return answer
