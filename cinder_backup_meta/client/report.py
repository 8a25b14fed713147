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

"""The report of an import or a recovery, put together page by page."""

import collections
import typing

from cinder_backup_meta.client import rest
from cinder_backup_meta import reasons
from cinder_backup_meta.record import results

Progress = typing.Callable[[int, int | None], None]

_PARENT_MISSING = str(reasons.Reason.PARENT_MISSING)


class Report:
    """The sum of all answers to the requests of an import or a recovery.

    :param dry_run: whether it is a plan, and nothing was changed
    :param first_line: the line of a bundle that has the first record; None if
        the records do not come from a file
    :ivar total: the sum of the summaries in the answers
    :ivar over_quota: the projects that exceed their quota afterwards
    :ivar refused: the outcomes of the refused records, in order
    :ivar noted: the outcomes of other records with a note, in order
    :ivar examined: the number of records examined
    """

    def __init__(
        self, dry_run: bool = False, first_line: int | None = None
    ) -> None:
        self.dry_run = dry_run
        self._line = first_line
        self.total = results.empty()
        self.over_quota: set[str] = set()
        self.refused: list[rest.Item] = []
        self.noted: list[rest.Item] = []
        self.examined = 0
        # The backups that earlier pages of a plan would have created.
        self._planned: set[str] = set()

    @property
    def charged(self) -> rest.Item | None:
        """The usage that the earlier pages of a plan would have charged."""
        return (self.dry_run and self.total['projects']) or None

    def add(self, answer: rest.Item) -> list[rest.Item]:
        """Add the answer to a request, and return its outcomes."""
        outcomes = answer['backup_records']
        numbers = answer['summary']
        if self.dry_run:
            outcomes = self._without_repeated(outcomes)
            if len(outcomes) < len(answer['backup_records']):
                numbers = results.summarize(outcomes)
        results.add(self.total, numbers)
        self.over_quota.update(answer['summary']['over_quota'])
        self._number(outcomes)
        self.refused += [
            item for item in outcomes if item['result'] == results.REFUSED
        ]
        # An older service has no notes.
        self.noted += [item for item in outcomes if item.get('note')]
        self.examined += answer.get('examined', len(outcomes))
        return typing.cast(list[rest.Item], outcomes)

    def _without_repeated(self, outcomes: list[rest.Item]) -> list[rest.Item]:
        """Leave out the ancestors that an earlier page of a plan had.

        The ancestors of lost backups come with each page that needs them.
        """
        fresh = [
            item
            for item in outcomes
            if not (item.get('ancestor') and item['id'] in self._planned)
        ]
        self._planned.update(
            item['id'] for item in fresh if item['result'] == results.CREATED
        )
        return fresh

    def _number(self, outcomes: list[rest.Item]) -> None:
        """Add the line of the bundle to each outcome."""
        if self._line is not None:
            for item in outcomes:
                item['line'] = self._line
                self._line += 1

    def planned_parents(self, answer: rest.Item) -> list[str]:
        """Return the missing parents that earlier pages of a plan create.

        Each page of a dry run is rolled back before the next one, which then
        lacks the parents of its records unless they are passed as planned.
        """
        return sorted(
            {
                item['parent_id']
                for item in answer['backup_records']
                if item['reason'] == _PARENT_MISSING
            }
            & self._planned
        )

    def to_dict(self) -> rest.Item:
        """Return the report as JSON data."""
        return {
            'dry_run': self.dry_run,
            **self.total,
            'over_quota': sorted(self.over_quota),
            'reasons': dict(
                collections.Counter(item['reason'] for item in self.refused)
            ),
            'notes': {item['id']: item['note'] for item in self.noted},
            'refusals': self.refused,
        }
