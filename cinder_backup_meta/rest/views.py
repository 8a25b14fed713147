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

"""The bodies of the answers about single records and the catalog."""

import datetime
import typing

from cinder.api import common

from cinder_backup_meta import objects

#: As Cinder names the resource in its URLs.
COLLECTION = 'backup-records'


class ViewBuilder(common.ViewBuilder):
    """Lists as Cinder writes its own."""

    _collection_name = COLLECTION

    def summary_list(
        self, request: typing.Any, entries: list[objects.BackupRecordEntry]
    ) -> dict[str, typing.Any]:
        """Return the answer to a list."""
        return self._list(request, entries, self._summary)

    def detail_list(
        self, request: typing.Any, entries: list[objects.BackupRecordEntry]
    ) -> dict[str, typing.Any]:
        """Return the answer to a detailed list."""
        return self._list(request, entries, self._detail)

    def _list(
        self, request: typing.Any, entries: list[typing.Any], view: typing.Any
    ) -> dict[str, typing.Any]:
        items = [view(request, entry) for entry in entries]
        answer: dict[str, typing.Any] = {'backup_records': items}
        links = self._get_collection_links(
            request, items, self._collection(request), id_key='id'
        )
        if links:
            answer[f'{COLLECTION}_links'] = links
        return answer

    def _collection(self, request: typing.Any) -> str:
        is_detail = request.path_info.endswith('/detail')
        return f'{COLLECTION}/detail' if is_detail else COLLECTION

    def show(
        self,
        request: typing.Any,
        backup_id: str,
        entry: objects.BackupRecordEntry | None,
        retained: bool,
    ) -> dict[str, typing.Any]:
        """Return the answer that describes one backup's record."""
        record: dict[str, typing.Any] = {'id': backup_id}
        if entry is not None:
            record = self._detail(request, entry)
            record['backup_url'] = entry.record
        record['retained'] = retained
        return {'backup_record': record}

    def _summary(
        self, request: typing.Any, entry: objects.BackupRecordEntry
    ) -> dict[str, typing.Any]:
        names = ('id', 'name', 'state', 'project_id', 'volume_id', 'size')
        return {
            **{name: getattr(entry, name) for name in names},
            'created_at': write_time(entry.created_at),
            'links': self._get_links(request, entry.id),
        }

    def _detail(
        self, request: typing.Any, entry: objects.BackupRecordEntry
    ) -> dict[str, typing.Any]:
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
            'encrypted': entry.encryption_key_id is not None,
            'captured_at': write_time(entry.captured_at),
            'state_changed_at': write_time(entry.state_changed_at),
        }


def status(
    answer: objects.BackupRecordCatalogStatus,
) -> dict[str, typing.Any]:
    """Return the answer that says how the catalog keeps up."""
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
            **{name: getattr(answer, name) for name in numbers},
            **{name: write_time(getattr(answer, name)) for name in times},
        }
    }


def released(backup_id: str) -> dict[str, typing.Any]:
    """Return the answer to a release."""
    return {'backup_record': {'id': backup_id, 'retained': False}}


def imported(backup: typing.Any, retained: bool) -> dict[str, typing.Any]:
    """Return the answer to an import of one record.

    :param retained: told only where it is so by this request; an earlier one
        may have retained the backup too
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


def write_time(when: datetime.datetime | None) -> str | None:
    """Return a time in UTC as ISO 8601, to the second."""
    if when is None:
        return None
    if when.tzinfo is not None:
        when = when.astimezone(datetime.timezone.utc)
    return f'{when.isoformat(timespec="seconds")[:19]}Z'
