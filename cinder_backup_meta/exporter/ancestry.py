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

"""The ancestors of a page's backups, and the order of all of them."""

from collections.abc import Iterator
import dataclasses
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import selection as backup_selection
from cinder_backup_meta.db import paging


@dataclasses.dataclass
class Ancestry:
    """The rows of a page with those of their ancestors.

    :ivar turn: ids of the selected backups, in the order of their turns
    :ivar rows: by id, all that may have to be written
    :ivar last: the place of the last backup that was written
    """

    turn: list[str]
    rows: dict[str, typing.Any]
    last: paging.Place | None = None

    def units(self) -> Iterator[list[typing.Any]]:
        """Yield each selected row, behind the ancestors that it builds on.

        A unit ends with the selected row whose turn it is. What has come in
        an earlier unit does not come again.
        """
        done: set[str] = set()
        for backup_id in self.turn:
            row = self.rows[backup_id]
            if backup_id in done:
                # It has come already, as the parent of one with the same time.
                self.last = backup_selection.place_of(row)
                continue
            unit = [row]
            if row.parent_id not in done:
                unit = [
                    one for one in self._line(backup_id) if one.id not in done
                ]
            done.update([one.id for one in unit])
            yield unit

    def _line(self, backup_id: str) -> list[typing.Any]:
        """Return a row behind its ancestors, as far as they are known."""
        line: list[typing.Any] = []
        seen: set[str] = set()
        current: str | None = backup_id
        while current in self.rows and current not in seen:
            seen.add(current)
            line.append(self.rows[current])
            current = line[-1].parent_id
        return line[::-1]


def find(
    context: typing.Any,
    rows: list[typing.Any],
    selection: typing.Any,
    after: paging.Place | None,
) -> Ancestry:
    """Return the rows of a page with those of their ancestors.

    Left out is what an earlier page has had: what is selected too and comes
    before the marker.

    :param rows: in the order of their turns
    :param after: the marker of the page
    """
    known = {row.id: row for row in rows}
    turn = list(known)
    wanted = _parents(known, rows) if selection.ancestors else set()
    while wanted:
        parents = _not_behind(
            context,
            [
                row
                for row in backups.by_ids(context, wanted)
                if not row.deleted
            ],
            selection,
            after,
        )
        known.update((row.id, row) for row in parents)
        wanted = _parents(known, parents)
    return Ancestry(turn, known)


def _parents(known: dict[str, typing.Any], rows: list[typing.Any]) -> set[str]:
    return {row.parent_id for row in rows if row.parent_id} - known.keys()


def _not_behind(
    context: typing.Any,
    rows: list[typing.Any],
    selection: typing.Any,
    after: paging.Place | None,
) -> list[typing.Any]:
    """Leave out the rows that an earlier page has had in their turn."""
    if after is None:
        return rows
    behind = [
        row.id for row in rows if backup_selection.place_of(row) <= after
    ]
    had = backup_selection.selected_among(context, selection, behind)
    return [row for row in rows if row.id not in had]
