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

"""Parents before children, whatever the order in which they come."""

from collections.abc import Iterable

from cinder_backup_meta.importer import chains
from cinder_backup_meta.importer import entries

Entries = dict[str, entries.Entry]


def parents_first(page: Iterable[entries.Entry]) -> list[entries.Entry]:
    """Return the open entries, each behind that of its parent.

    Apart from that they stay in the order of the page. Those that descend
    from themselves are refused.
    """
    open_ = {entry.record.id: entry for entry in page if entry.is_open}
    placed: Entries = {}
    for entry in open_.values():
        path = _climb(entry, open_, placed)
        for backup_id in reversed(path):
            placed[backup_id] = path[backup_id]
    return [entry for entry in placed.values() if entry.is_open]


def _climb(entry: entries.Entry, open_: Entries, placed: Entries) -> Entries:
    """Return an entry and those of its ancestors that have no place yet."""
    path: Entries = {}
    current: entries.Entry | None = entry
    while current is not None and current.record.id not in placed:
        if current.record.id in path:
            _refuse_circle(current, path)
            break
        path[current.record.id] = current
        current = open_.get(current.values['parent_id'])
    return path


def _refuse_circle(meeting: entries.Entry, path: Entries) -> None:
    """Refuse the last part of a path, which leads back to its beginning."""
    for backup_id in reversed(path):
        parent_id = path[backup_id].values['parent_id']
        path[backup_id].fault = chains.parent_is_descendant(parent_id)
        if path[backup_id] is meeting:
            break
