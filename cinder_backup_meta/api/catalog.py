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

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import policy
from cinder_backup_meta.api import records as records_api
from cinder_backup_meta.api import selecting
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta.policies import catalog as rules
from cinder_backup_meta.policies import records as record_rules
from cinder_backup_meta import reasons

# Where the catalog does not tell of a backup, Cinder may.
_NOT_IN_CATALOG = (
    reasons.Reason.RECORD_NOT_FOUND,
    reasons.Reason.CATALOG_UNAVAILABLE,
)


class CatalogAPI:
    """What cinder-api does for the lists of ``backup-records``."""

    def __init__(self) -> None:
        self._api = records_api.API()
        self._asker = self._api.backup_meta

    def list_records(
        self,
        context: typing.Any,
        sort: list[str],
        limit: int,
        marker: str | None,
        **selection: typing.Any,
    ) -> list[objects.BackupRecordEntry]:
        """Return entries of the catalog, without the record strings.

        Answers ``GET /v3/backup-records`` and ``.../detail``.

        :param sort: each ``key:asc`` or ``key:desc``
        :param marker: the id that the last page ended with
        :raises BackupHostUnavailable: if no live host answers, or the
            catalog can't be read
        """
        policy.authorize(context, rules.GET_ALL)
        chosen = selecting.selection(context, **selection)
        with errors.translated():
            _host, answer = self._asker.ask(
                lambda host: self._asker.rpcapi.list_records(
                    context, host, chosen, sort, limit, marker
                )
            )
        return list(answer.objects)

    def show_record(
        self, context: typing.Any, backup_id: str
    ) -> tuple[objects.BackupRecordEntry | None, bool]:
        """Return the entry of one backup, and whether it is retained.

        Answers ``GET /v3/backup-records/{backup_id}``.

        :returns: no entry where the catalog has none and Cinder has the
            backup
        :raises BackupNotFound: if neither has it
        """
        policy.authorize(context, record_rules.SHOW)
        entry = None
        with errors.translated():
            try:
                _host, answer = self._asker.ask(
                    lambda host: self._asker.rpcapi.show_record(
                        context, host, backup_id
                    )
                )
                [entry] = answer.objects
            except exception.Refused as error:
                if error.code not in _NOT_IN_CATALOG:
                    raise
                self._api.get(context, backup_id)
            return entry, self._is_retained(context, backup_id)

    def _is_retained(self, context: typing.Any, backup_id: str) -> bool:
        _host, outcome = self._asker.ask(
            lambda host: self._asker.rpcapi.is_retained(
                context, host, backup_id
            )
        )
        return bool(outcome.retained)

    def status(self, context: typing.Any) -> objects.BackupRecordCatalogStatus:
        """Return how well the catalog keeps up with Cinder.

        Answers ``GET /v3/backup-records/status``.

        :raises BackupHostUnavailable: if no live host answers, or the
            catalog can't be read
        """
        policy.authorize(context, rules.STATUS)
        with errors.translated():
            _host, answer = self._asker.ask(
                lambda host: self._asker.rpcapi.catalog_status(context, host)
            )
        return answer
