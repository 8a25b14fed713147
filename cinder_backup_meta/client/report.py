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

"""What became of records that were imported or recovered, page by page."""

import collections
import typing

from cinder_backup_meta.client import rest
from cinder_backup_meta import reasons
from cinder_backup_meta.record import summary

Progress = typing.Callable[[int, int | None], None]

_PARENT_MISSING = str(reasons.Reason.PARENT_MISSING)


class Report:
    """The sum of all answers.

    :param dry_run: nothing was done, it is a plan
    :param first_line: that of a bundle with its first record; None where the
        records are of no file
    :ivar total: the sum of the summaries of the REST calls
    :ivar over_quota: the projects that exceed their quota afterwards
    :ivar refused: the outcomes of what was refused, in order
    :ivar examined: how many records were gone through
    """

    def __init__(
        self, dry_run: bool = False, first_line: int | None = None
    ) -> None:
        self.dry_run = dry_run
        self._line = first_line
        self.total = summary.empty()
        self.over_quota: set[str] = set()
        self.refused: list[rest.Item] = []
        self.examined = 0
        # Of a plan: what earlier pages would have created.
        self._planned: set[str] = set()

    @property
    def charged(self) -> rest.Item | None:
        """What the next page of a plan must be told of those before."""
        return (self.dry_run and self.total['projects']) or None

    def add(self, answer: rest.Item) -> list[rest.Item]:
        """Add the answer to a page; return its outcomes."""
        outcomes = answer['backup_records']
        numbers = answer['summary']
        if self.dry_run:
            outcomes = self._news(outcomes)
            if len(outcomes) < len(answer['backup_records']):
                numbers = summary.summarize(outcomes)
        summary.add(self.total, numbers)
        self.over_quota.update(answer['summary']['over_quota'])
        self._number(outcomes)
        self.refused += [
            item for item in outcomes if item['result'] == 'refused'
        ]
        self.examined += answer.get('examined', len(outcomes))
        return typing.cast(list[rest.Item], outcomes)

    def _news(self, outcomes: list[rest.Item]) -> list[rest.Item]:
        """Leave out what an earlier page of a plan has told of.

        What a lost backup builds on may come with each page that has one.
        """
        news = [
            item
            for item in outcomes
            if not (item.get('ancestor') and item['id'] in self._planned)
        ]
        self._planned.update(
            item['id'] for item in news if item['result'] == 'created'
        )
        return news

    def _number(self, outcomes: list[rest.Item]) -> None:
        """Tell in which line of a bundle each record is."""
        if self._line is not None:
            for item in outcomes:
                item['line'] = self._line
                self._line += 1

    def planned_parents(self, answer: rest.Item) -> list[str]:
        """Return which parents a page of a plan lacks that are planned.

        Each page of a dry run is undone before the next one, which then lacks
        the parents of its records, unless it is told of them.
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
        """Return it for a program to read."""
        return {
            'dry_run': self.dry_run,
            **self.total,
            'over_quota': sorted(self.over_quota),
            'reasons': dict(
                collections.Counter(item['reason'] for item in self.refused)
            ),
            'refusals': self.refused,
        }
