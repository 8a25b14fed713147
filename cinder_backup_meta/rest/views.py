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

"""The bodies of the answers."""

from collections.abc import Callable
import datetime
import typing

from cinder.api import common
from cinder import objects as cinder_objects
import webob

from cinder_backup_meta import objects
from cinder_backup_meta.record import results

#: The name of the resource in URLs.
COLLECTION = 'backup-records'

Body = dict[str, typing.Any]


class ViewBuilder(common.ViewBuilder):
    """The answers with links, which have the same form as Cinder's."""

    _collection_name = COLLECTION

    def summary_list(
        self, request: webob.Request, entries: list[objects.BackupRecordEntry]
    ) -> Body:
        """Return the answer to a list."""
        return self._list(request, entries, self._summary)

    def detail_list(
        self, request: webob.Request, entries: list[objects.BackupRecordEntry]
    ) -> Body:
        """Return the answer to a detailed list."""
        return self._list(request, entries, self._detail)

    def _list(
        self,
        request: webob.Request,
        entries: list[objects.BackupRecordEntry],
        view: Callable[[webob.Request, objects.BackupRecordEntry], Body],
    ) -> Body:
        items = [view(request, entry) for entry in entries]
        answer: Body = {'backup_records': items}
        links = self._get_collection_links(
            request, items, self._collection(request), id_key='id'
        )
        if links:
            answer[f'{COLLECTION}_links'] = links
        return answer

    def _collection(self, request: webob.Request) -> str:
        is_detail = request.path_info.endswith('/detail')
        return f'{COLLECTION}/detail' if is_detail else COLLECTION

    def show(
        self,
        request: webob.Request,
        backup_id: str,
        entry: objects.BackupRecordEntry | None,
        retained: bool,
    ) -> Body:
        """Return the answer that describes the record of one backup."""
        record: Body = {'id': backup_id}
        if entry is not None:
            record = self._detail(request, entry)
            record['backup_url'] = entry.record
        record['retained'] = retained
        return {'backup_record': record}

    def _summary(
        self, request: webob.Request, entry: objects.BackupRecordEntry
    ) -> Body:
        names = ('id', 'name', 'state', 'project_id', 'volume_id', 'size')
        return {
            **{name: getattr(entry, name) for name in names},
            'created_at': write_time(entry.created_at),
            'links': self._get_links(request, entry.id),
        }

    def _detail(
        self, request: webob.Request, entry: objects.BackupRecordEntry
    ) -> Body:
        names = (
            'user_id',
            'parent_id',
            'service',
            'host',
            'availability_zone',
            'object_count',
            'digest',
            'revision',
        )
        return {
            **self._summary(request, entry),
            **{name: getattr(entry, name) for name in names},
            'encrypted': bool(entry.encryption_key_id),
            'captured_at': write_time(entry.captured_at),
            'state_changed_at': write_time(entry.state_changed_at),
        }

    def exported(
        self, request: webob.Request, page: objects.BackupRecordPage
    ) -> Body:
        """Return the answer to an export."""
        return {
            'backup_records': [
                {**item, 'ancestor': item['ancestor'] is not None}
                for item in page.items
            ],
            'omitted': [dict(item) for item in page.omitted],
            **self._next(request, page.next_marker),
        }

    def _next(self, request: webob.Request, marker: str | None) -> Body:
        if marker is None:
            return {'next_marker': None}
        href = self._get_next_link(request, marker, f'{COLLECTION}/export')
        return {
            'next_marker': marker,
            f'{COLLECTION}_links': [{'rel': 'next', 'href': href}],
        }


def imported_record(backup: cinder_objects.Backup, retained: bool) -> Body:
    """Return the answer to an import of one record.

    :param retained: whether this request retained the backup. If it did not,
        the answer does not mention it, because an earlier request may have.
    """
    record = {
        'id': backup.id,
        'name': backup.display_name,
        'status': backup.status,
        'project_id': backup.project_id,
        'user_id': backup.user_id,
    }
    if retained:
        record['retained'] = True
    return {'backup_record': record}


def imported_records(page: objects.BackupRecordPage, dry_run: bool) -> Body:
    """Return the answer to an import, in the order of its records."""
    items = [
        {'index': index, **results.typed(item)}
        for index, item in enumerate(page.items)
    ]
    return _outcomes(page, items, dry_run)


def recovered(page: objects.BackupRecordPage, dry_run: bool) -> Body:
    """Return the answer to a recovery."""
    items = [results.typed(item) for item in page.items]
    return {
        **_outcomes(page, items, dry_run),
        'examined': page.examined,
        'next_marker': page.next_marker,
    }


def _outcomes(
    page: objects.BackupRecordPage, items: list[Body], dry_run: bool
) -> Body:
    return {
        'backup_records': items,
        'dry_run': dry_run,
        'summary': {
            **results.summarize(items),
            'over_quota': list(page.over_quota),
        },
    }


def status(answer: objects.BackupRecordCatalogStatus) -> Body:
    """Return the answer that describes the state of the catalog."""
    numbers = (
        'behind',
        'oldest_behind_seconds',
        'current',
        'missing',
        'deleted',
    )
    times = ('last_capture_at', 'last_comparison_at')
    return {
        'backup_records_status': {
            **{name: _whole(getattr(answer, name)) for name in numbers},
            **{name: write_time(getattr(answer, name)) for name in times},
        }
    }


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def released(backup_id: str) -> Body:
    """Return the answer to a release."""
    return {'backup_record': {'id': backup_id, 'retained': False}}


def write_time(when: datetime.datetime | None) -> str | None:
    """Return a time in UTC as ISO 8601, to the second."""
    if when is None:
        return None
    if when.tzinfo is not None:
        when = when.astimezone(datetime.timezone.utc)
    return f'{when.isoformat(timespec="seconds")[:19]}Z'
