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

"""The bodies of the answers about many records."""

import typing

from cinder.api import common

from cinder_backup_meta import objects
from cinder_backup_meta.record import results

Item = dict[str, typing.Any]

COLLECTION = 'backup-records'


class ViewBuilder(common.ViewBuilder):
    """Pages, with a link to the next one as in Cinder's lists."""

    _collection_name = COLLECTION

    def exported(
        self, request: typing.Any, page: objects.BackupRecordPage
    ) -> Item:
        """Return the answer to an export."""
        return {
            'backup_records': [
                {**item, 'ancestor': item['ancestor'] is not None}
                for item in page.items
            ],
            'omitted': [dict(item) for item in page.omitted],
            **self._next(request, page.next_marker),
        }

    def _next(self, request: typing.Any, marker: str | None) -> Item:
        if marker is None:
            return {'next_marker': None}
        href = self._get_next_link(request, marker, f'{COLLECTION}/export')
        return {
            'next_marker': marker,
            f'{COLLECTION}_links': [{'rel': 'next', 'href': href}],
        }


def imported(page: objects.BackupRecordPage, dry_run: bool) -> Item:
    """Return the answer to an import, in the order of its records."""
    items = [
        {'index': index, **_outcome(item)}
        for index, item in enumerate(page.items)
    ]
    return _made(page, items, dry_run)


def recovered(page: objects.BackupRecordPage, dry_run: bool) -> Item:
    """Return the answer to a recovery."""
    items = [
        {**_outcome(item), 'ancestor': item['ancestor'] is not None}
        for item in page.items
    ]
    return {
        **_made(page, items, dry_run),
        'examined': page.examined,
        'next_marker': page.next_marker,
    }


def _made(
    page: objects.BackupRecordPage, items: list[Item], dry_run: bool
) -> Item:
    return {
        'backup_records': items,
        'dry_run': dry_run,
        'summary': {
            **results.summarize(items),
            'over_quota': list(page.over_quota),
        },
    }


def _outcome(item: dict[str, str | None]) -> Item:
    size = item['size']
    return {**item, 'size': None if size is None else int(size)}
