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

"""The outcome of each record of a page.

The items of a page that was imported or recovered are flat mappings of
strings, one for each record string, in order:

* ``id``: of the backup, null if not even that can be read;
* ``name``: that its owner gave it;
* ``result``: one of :data:`cinder_backup_meta.record.results.RESULTS`;
* ``reason`` and ``detail``: why it is refused, else null;
* ``note``: what has changed with a backup that was created, else null;
* ``project_id``: who owns the backup or would own it, or, of a record that
  cannot be read, whom it names; null if unknown;
* ``size``: in GiB, in decimal digits;
* ``parent_id``: the backup that it builds on, null for a full one.
"""

import dataclasses

from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import store
from cinder_backup_meta import reasons
from cinder_backup_meta.record import results

Item = dict[str, str | None]


@dataclasses.dataclass
class PageOutcome:
    """What became of a page.

    :ivar items: see the head of this module
    :ivar over_quota: projects that have more now than their quota allows,
        which only an import without limits can bring about
    """

    items: list[Item]
    over_quota: list[str]

    @property
    def created(self) -> list[str]:
        """The ids of the backups that were made."""
        return [
            str(item['id'])
            for item in self.items
            if item['result'] == results.CREATED
        ]


def of_page(page: list[entries.Entry], written: store.Written) -> PageOutcome:
    """Return what became of a page that was written."""
    return PageOutcome(
        [_of_entry(entry, written) for entry in page], written.over_quota
    )


def fault_of(
    entry: entries.Entry, written: store.Written
) -> exception.Refused | None:
    """Return why a record is refused in the end, None if it is not."""
    if entry.fault:
        return entry.fault
    backup_id = entry.record.id
    if written.is_blocked and backup_id in written.plan.created:
        return exception.Refused(
            reasons.Reason.PAGE_REFUSED,
            'another record of the page was refused; because of on_conflict '
            '"fail", no record of the page was imported',
        )
    return written.plan.faults.get(backup_id)


def _of_entry(entry: entries.Entry, written: store.Written) -> Item:
    fault = fault_of(entry, written)
    owner = (entry.twin or entry).owner
    size = entry.name('size')
    result = results.REFUSED if fault else _success(entry, written)
    return {
        'id': entry.name('id'),
        'name': entry.name('display_name'),
        'result': result,
        'reason': str(fault.code) if fault else None,
        'detail': str(fault.kwargs['detail']) if fault else None,
        'note': entry.note if result == results.CREATED else None,
        'project_id': owner.project_id if owner else entry.name('project_id'),
        'size': None if size is None else str(size),
        'parent_id': entry.name('parent_id'),
    }


def _success(entry: entries.Entry, written: store.Written) -> str:
    if entry.twin is None and entry.record.id in written.plan.created:
        return results.CREATED
    return results.UNCHANGED
