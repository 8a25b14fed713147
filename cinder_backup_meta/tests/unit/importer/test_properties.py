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

"""What holds of any page, shown on generated ones.

The same pages are generated in every run. To try more and others, set
PAGE_EXAMPLES to the number of examples of each test.
"""

import os

from cinder.keymgr import conf_key_mgr  # noqa: F401  for its options
import hypothesis
from hypothesis import strategies as st

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.importer import base

EXAMPLES = os.environ.get('PAGE_EXAMPLES')
SETTINGS = hypothesis.settings(
    derandomize=not EXAMPLES,
    max_examples=int(EXAMPLES or 60),
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

NUMBERS = st.integers(1, 8)


@st.composite
def strings(draw, numbers=NUMBERS):
    """Return a record of one of a few backups, most of them good."""
    number = draw(numbers)
    changes = {'size': draw(st.sampled_from([1, 1, 1, 2, 5]))}
    if draw(st.integers(0, 5)) == 0:
        changes |= draw(
            st.sampled_from(
                [
                    {'volume_id': samples.PARENT_ID},
                    {'created_at': '2026-01-01T00:00:00Z'},
                    {'created_at': None},
                    {'service': None},
                    {'size': 0},
                    {'project_id': None},
                    {'project_id': 'project-2'},
                    {'encryption_key_id': samples.PARENT_ID},
                ]
            )
        )
    return base.string(number, draw(st.none() | NUMBERS), **changes)


PAGES = st.lists(strings(), max_size=10)

# With one record of each backup.
PAGES_OF_ONE = st.lists(NUMBERS, unique=True).flatmap(
    lambda numbers: st.tuples(
        *(strings(st.just(number)) for number in numbers)
    )
)

OPTIONS = st.fixed_dictionaries(
    {
        'on_conflict': st.sampled_from(['skip', 'skip', 'fail']),
        'quota': st.sampled_from(['enforced', 'enforced', 'recounted']),
        'owner': st.sampled_from(['record', 'importer']),
        'keep_host': st.booleans(),
    }
)

# What Cinder, or a hand in its database, does to backups that are there.
CHANGES = st.lists(
    st.tuples(
        NUMBERS,
        st.sampled_from(
            [
                "deleted = 1, status = 'deleted'",
                "status = 'error'",
                "status = 'restoring'",
                'size = 9',
            ]
        ),
    ),
    max_size=3,
)


class TestAnyPage(base.PageTestCase):
    def setUp(self):
        super().setUp()
        self.config.config(
            backend='cinder.keymgr.conf_key_mgr.ConfKeyManager',
            group='key_manager',
        )
        self.config.config(fixed_key='1' * 64, group='key_manager')

    def _prepare(self, earlier, changes, limits, lost):
        self.reset()
        self.limit()
        self.import_(earlier, owner='record')
        for number, change in changes:
            self.execute(
                f'UPDATE backups SET {change} WHERE id = ?',  # noqa: S608
                base.backup_id(number),
            )
        self.limit(*limits)
        self.repository = base.Repository(
            {
                base.backup_id(number): exception.Refused(
                    reasons.Reason.DATA_MISSING, 'gone'
                )
                for number in lost
            }
        )

    def _import(self, page, options, **more):
        return self.import_(
            page, repository=self.repository, **(options | more)
        )

    @SETTINGS
    @hypothesis.given(
        earlier=PAGES,
        changes=CHANGES,
        page=PAGES,
        options=OPTIONS,
        limits=st.sampled_from([(-1, -1), (3, -1), (-1, 4)]),
        lost=st.sets(NUMBERS, max_size=1),
    )
    def test_dry_run_tells_the_truth_and_a_second_run_changes_nothing(
        self, earlier, changes, page, options, limits, lost
    ):
        self._prepare(earlier, changes, limits, lost)
        before = self.tables()
        foretold = self._import(page, options, dry_run=True)
        self.assertEqual(before, self.tables())

        outcome = self._import(page, options)
        self.assertEqual(foretold, outcome)
        if 'created' not in base.results(outcome):
            self.assertEqual(before, self.tables())
        self._check_tables(before)

        after = self.tables()
        again = self._import(page, options)
        self.assertEqual(after, self.tables())
        self.assertEqual(
            [
                'unchanged' if result == 'created' else result
                for result in base.results(outcome)
            ],
            base.results(again),
        )

    def _check_tables(self, before):
        """Check what the page has added to what was there."""
        old = {row['id']: row for row in before['backups']}
        rows = {row['id']: row for row in self.rows('backups')}
        for backup_id, row in rows.items():
            self._check_line(backup_id, rows)
            if row['num_dependent_backups'] != self._count(backup_id, rows):
                # Then it was wrong before, and by as much.
                self.assertEqual(
                    self._count(backup_id, rows) - self._count(backup_id, old),
                    row['num_dependent_backups']
                    - old[backup_id]['num_dependent_backups'],
                )

    def _count(self, parent_id, rows):
        return sum(
            row['parent_id'] == parent_id and not row['deleted']
            for row in rows.values()
        )

    def _check_line(self, backup_id, rows):
        """Check that a backup does not descend from itself."""
        seen = []
        while backup_id in rows and not rows[backup_id]['deleted']:
            self.assertNotIn(backup_id, seen)
            seen.append(backup_id)
            backup_id = rows[backup_id]['parent_id']

    @SETTINGS
    @hypothesis.given(
        earlier=PAGES,
        page=PAGES,
        quota=st.sampled_from(['enforced', 'recounted']),
        limits=st.sampled_from([(-1, -1), (3, -1), (-1, 4)]),
    )
    def test_usage_is_what_the_rows_add_up_to(
        self, earlier, page, quota, limits
    ):
        self._prepare(earlier, [], limits, [])
        self._import(page, {'owner': 'record', 'quota': quota})
        sums = {}
        for row in self.rows('backups'):
            number, size = sums.get(row['project_id'], (0, 0))
            sums[row['project_id']] = number + 1, size + row['size']
        self.assertEqual(sums, self.usages())

    @SETTINGS
    @hypothesis.given(
        page=PAGES_OF_ONE, seed=st.randoms(use_true_random=False)
    )
    def test_without_limits_the_order_makes_no_difference(self, page, seed):
        self._prepare([], [], (-1, -1), [])
        outcome = self.import_(page, owner='record')
        rows = self._by_id()
        self.reset()
        shuffled = seed.sample(page, len(page))
        again = self.import_(shuffled, owner='record')
        self.assertEqual(rows, self._by_id())
        self.assertEqual(
            dict(zip(page, outcome.items, strict=True)),
            dict(zip(shuffled, again.items, strict=True)),
        )

    def _by_id(self):
        return {
            row['id']: row['num_dependent_backups']
            for row in self.rows('backups')
        }
