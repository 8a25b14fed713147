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

"""Dry runs of several pages, each of which is undone before the next."""

import random

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from cinder_backup_meta.record import results
from cinder_backup_meta.tests.unit.importer import base


class TestTrials(base.PageTestCase):
    def _pages(self, strings, size):
        return [
            strings[begin : begin + size]
            for begin in range(0, len(strings), size)
        ]

    def _run(self, pages, **options):
        return [
            [
                (item['id'], item['reason'] or item['result'])
                for item in self.import_(page, **options).items
            ]
            for page in pages
        ]

    def _try(self, pages, **options):
        """Run a trial as a client does: with what earlier pages planned."""
        told, planned, total = [], set(), results.empty()
        for page in pages:
            items = self.import_(
                page,
                dry_run=True,
                planned=sorted(planned),
                charged_backups={
                    project: numbers['backups']
                    for project, numbers in total['projects'].items()
                },
                charged_gigabytes={
                    project: numbers['gigabytes']
                    for project, numbers in total['projects'].items()
                },
                **options,
            ).items
            results.add(total, results.summarize(items))
            planned.update(
                item['id'] for item in items if item['result'] == 'created'
            )
            told.append(
                [
                    (item['id'], item['reason'] or item['result'])
                    for item in items
                ]
            )
        return told

    def test_parent_of_an_earlier_page(self):
        pages = [[base.string(1)], [base.string(2, 1)], [base.string(3, 2)]]
        before = self.tables()
        told = self._try(pages)
        self.assertEqual(before, self.tables())
        self.assertEqual(['created'] * 3, [result for [(_id, result)] in told])
        self.assertEqual(told, self._run(pages))

    def test_limit_that_earlier_pages_use_up(self):
        self.limit(2)
        pages = [[base.string(1), base.string(2)], [base.string(3, 1)]]
        told = self._try(pages)
        self.assertEqual('quota_exceeded', told[1][0][1])
        self.assertEqual(told, self._run(pages))

    def test_only_of_use_in_a_trial(self):
        self.assertUnchanged(
            ['parent_missing'],
            [base.string(2, 1)],
            planned=[base.backup_id(1)],
        )

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 12))
    def test_tells_what_the_run_then_does(self, seed, size, limit):
        self.reset()
        self.limit(limit)
        chance = random.Random(seed)
        numbers = list(range(1, 12))
        strings = [
            base.string(
                number,
                chance.choice([None, *numbers[: number - 1]]),
                size=chance.randint(1, 3),
                project_id=chance.choice('ab'),
            )
            for number in numbers
        ]
        pages = self._pages(strings, size)
        before = self.tables()
        told = self._try(pages, owner='record')
        self.assertEqual(before, self.tables())
        self.assertEqual(
            [_without_wait(page) for page in told],
            [_without_wait(page) for page in self._run(pages, owner='record')],
        )


def _without_wait(page):
    """Take two refusals for one: the parent's page decides which it is."""
    return [
        (backup_id, result.replace('parent_refused', 'parent_missing'))
        for backup_id, result in page
    ]
