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

"""Export, import and recovery of many records, a page at a time."""

from collections.abc import Callable
import typing

from cinder_backup_meta.api import asking
from cinder_backup_meta.api import audit
from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta.api import records as records_api
from cinder_backup_meta.api import selecting
from cinder_backup_meta import objects
from cinder_backup_meta.policies import pages as rules
from cinder_backup_meta.policies import records as record_rules
from cinder_backup_meta import reasons

MISMATCH = str(reasons.Reason.SERVICE_MISMATCH)
REFUSED = objects.BackupRecordPage.REFUSED

Item = dict[str, str | None]
Call = Callable[[str, list[str]], objects.BackupRecordPage]


class PagesAPI:
    """What cinder-api does for ``backup-records/export`` and the like."""

    def __init__(self) -> None:
        self._asker = records_api.API().backup_meta

    def export_page(
        self,
        context: typing.Any,
        limit: int,
        marker: str | None,
        **selection: typing.Any,
    ) -> objects.BackupRecordPage:
        """Return the next records of the selected backups.

        Answers ``GET /v3/backup-records/export``.

        :param limit: how many selected backups to go through at the most
        :param marker: ``next_marker`` of the page before
        :param selection: fields of
            :class:`cinder_backup_meta.objects.BackupRecordSelection`
        :raises BackupHostUnavailable: if no live host answers
        """
        with errors.translated(), audit.pages(context, 'export') as event:
            policy.authorize(context, rules.EXPORT)
            chosen = selecting.selection(context, **selection)
            event.host, page = self._asker.ask(
                lambda host: self._asker.rpcapi.export_records(
                    context, host, chosen, limit, marker
                )
            )
            event.records = [item['backup_url'] for item in page.items]
            event.backup_ids = [item['id'] for item in page.items]
            return page

    def import_page(
        self, context: typing.Any, records: list[str], **options: typing.Any
    ) -> objects.BackupRecordPage:
        """Make backups of records; the answer has an item for each of them.

        Answers ``POST /v3/backup-records/import``. What one host imports is
        one transaction.

        :param options: fields of
            :class:`cinder_backup_meta.objects.BackupRecordBatchOptions`
        :raises InvalidBackup: if the page as a whole is refused
        :raises BackupHostUnavailable: if no live host answers
        """
        with errors.translated(), audit.pages(context, 'import') as event:
            event.records = records
            choice = selecting.options(context, **options)
            event.dry_run = choice.dry_run
            policy.authorize(context, rules.IMPORT)
            if choice.owner == choice.OWNER_RECORD:
                policy.authorize(context, record_rules.KEEP_OWNER)

            def call(
                host: str, strings: list[str]
            ) -> objects.BackupRecordPage:
                batch = objects.BackupRecordBatch(context, records=strings)
                return self._asker.rpcapi.import_records(
                    context, host, batch, choice
                )

            whole = choice.on_conflict == choice.CONFLICT_FAIL
            event.host, page = self._import(records, call, whole)
            event.backup_ids = _created(page)
            return page

    def _import(
        self, records: list[str], call: Call, whole: bool
    ) -> tuple[str, objects.BackupRecordPage]:
        """Ask hosts until each record has met one with its driver.

        :param whole: one host must take all of the page
        """
        names = self._asker.hosts()
        name, page = _ask(names, call, records)
        items = list(page.items)
        while (left := _mismatched(items)) and names[-1] != name:
            names = names[names.index(name) + 1 :]
            again = range(len(items)) if whole else left
            try:
                name, more = _ask(names, call, [records[i] for i in again])
            except hosts.NoHost:
                break
            for index, item in zip(again, more.items, strict=True):
                items[index] = item
            page.over_quota = sorted({*page.over_quota, *more.over_quota})
        page.items = items
        return name, page

    def recover_page(
        self,
        context: typing.Any,
        limit: int,
        marker: str | None,
        selection: dict[str, typing.Any],
        **options: typing.Any,
    ) -> objects.BackupRecordPage:
        """Bring back what the catalog has and Cinder has lost.

        Answers ``POST /v3/backup-records/recover``.

        :param limit: how many entries of the catalog to go through
        :param marker: ``next_marker`` of the page before
        :raises BackupHostUnavailable: if no live host answers, or the
            catalog can't be read
        """
        with errors.translated(), audit.pages(context, 'recover') as event:
            choice = selecting.options(context, **options)
            event.dry_run = choice.dry_run
            policy.authorize(context, rules.RECOVER)

            def call(
                host: str,
                chosen: dict[str, typing.Any],
                limit: int,
                marker: str | None,
            ) -> objects.BackupRecordPage:
                return self._asker.rpcapi.recover_records(
                    context,
                    host,
                    selecting.selection(context, **chosen),
                    choice,
                    limit,
                    marker,
                )

            names = self._asker.hosts()
            event.host, page = _ask(names, call, selection, limit, marker)
            _recover_rest(page, call, names[names.index(event.host) + 1 :])
            event.backup_ids = _created(page)
            return page


def _recover_rest(
    page: objects.BackupRecordPage,
    call: Callable[..., objects.BackupRecordPage],
    names: list[str],
) -> None:
    """Ask further hosts for what another driver is needed for.

    :param page: its items are replaced by what became of them
    """
    while (left := _mismatched(list(page.items))) and names:
        ids = [page.items[index]['id'] for index in left]
        try:
            name, more = _ask(names, call, {'backup_ids': ids}, len(ids), None)
        except hosts.NoHost:
            return
        names = names[names.index(name) + 1 :]
        found = {item['id']: item for item in page.items}
        found.update((item['id'], item) for item in more.items)
        page.items = list(found.values())
        page.over_quota = sorted({*page.over_quota, *more.over_quota})


def _ask(
    names: list[str],
    call: Callable[..., objects.BackupRecordPage],
    *arguments: typing.Any,
) -> tuple[str, objects.BackupRecordPage]:
    name, page = hosts.ask(names, lambda host: call(host, *arguments))
    asking.raise_refusal(page)
    return name, page


def _mismatched(items: list[Item]) -> list[int]:
    return [
        index for index, item in enumerate(items) if item['reason'] == MISMATCH
    ]


def _created(page: objects.BackupRecordPage) -> list[str]:
    return [item['id'] for item in page.items if item['result'] == 'created']
