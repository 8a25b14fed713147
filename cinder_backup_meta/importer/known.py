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

"""What the database has that the records of a page have to do with."""

import collections
from collections.abc import Iterable
import dataclasses
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.importer import entries as reading


@dataclasses.dataclass
class Known:
    """What the database has that a page has to do with.

    :ivar states: rows by id: those of the page and of their parents
    :ivar parents: the parents of the latter, and of all above them, by id;
        empty if none of the page can be among them
    :ivar children: how many backups that are there name one as their parent
    """

    states: dict[str, typing.Any]
    parents: dict[str, str | None]
    children: collections.Counter[str]


def read(context: typing.Any, entries: Iterable[reading.Entry]) -> Known:
    """Read it, in the transaction that the caller has begun.

    :param entries: open ones
    """
    ids = {entry.record.id for entry in entries}
    above = {entry.values['parent_id'] for entry in entries} - {None}
    states = backups.get_states(context, sorted(ids | above))
    gone = [
        backup_id
        for backup_id in ids
        if backup_id not in states or states[backup_id].deleted
    ]
    children = backups.children_of(context, gone)
    # Without a child none of them can be above another backup.
    parents = backups.parents_above(context, above) if children else {}
    return Known(
        states,
        parents,
        collections.Counter(
            row.parent_id for row in children if not row.deleted
        ),
    )
