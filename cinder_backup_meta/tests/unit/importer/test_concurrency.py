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

"""Pages at once, in threads that share a database."""

import collections
from concurrent import futures
import random
import threading

from cinder import context as cinder_context
from cinder import quota
import fixtures
from oslo_db.sqlalchemy import engines
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import sqlite
from cinder_backup_meta.importer import plan
from cinder_backup_meta.tests.unit import base as unit_base
from cinder_backup_meta.tests.unit.importer import base

THREADS = 4


class ConcurrencyTestCase(base.PageTestCase):
    """A test with a SQLite database that is fit for writers at once."""

    def setUp(self):
        super().setUp()
        path = f'{self.useFixture(fixtures.TempDir()).path}/cinder.sqlite'
        unit_base._copy(unit_base._file('empty'), path)
        self.engine = engines.create_engine(f'sqlite:///{path}')
        sqlite.tune(self.engine)
        self.addCleanup(self.engine.dispose)
        self.addCleanup(models.main_context_manager.patch_engine(self.engine))
        self.limit()

    def rows(self, table):
        with self.engine.connect() as connection:
            query = sa.text(f'SELECT * FROM {table}')  # noqa: S608
            return [dict(row) for row in connection.execute(query).mappings()]

    def execute(self, statement):
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement))

    def at_once(self, *actions):
        """Carry out actions, all begun at the same time; return the ends."""
        start = threading.Barrier(len(actions))

        def run(action):
            start.wait(30)
            return action(
                cinder_context.RequestContext(
                    'user-1', 'project-1', is_admin=True
                )
            )

        with futures.ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(run, actions))

    def importer(self, strings, **options):
        return lambda context: self.import_(
            strings, context=context, **options
        )


def owned(number, parent=None, **changes):
    return base.string(
        number, parent, project_id=f'project-{number % 3}', **changes
    )


class TestAtOnce(ConcurrencyTestCase):
    STRINGS = [
        owned(number, number - 1 if number % 10 else None)
        for number in range(100)
    ]

    def test_the_same_page(self):
        outcomes = self.at_once(
            *[self.importer(self.STRINGS, owner='record')] * THREADS
        )
        self._check(outcomes)

    def test_pages_that_overlap(self):
        generator = random.Random(4)  # noqa: S311
        pages = []
        for _number in range(THREADS):
            chains = generator.sample(range(10), 6)
            page = [
                self.STRINGS[10 * chain + place]
                for chain in chains
                for place in range(10)
            ]
            generator.shuffle(page)
            pages.append(page)
        # Each at the same time as another whose options are others.
        outcomes = self.at_once(
            *(
                self.importer(page, owner='record', quota=quota)
                for page in pages
                for quota in ('enforced', 'recounted')
            )
        )
        self._check(outcomes)

    def _check(self, outcomes):
        results = collections.defaultdict(collections.Counter)
        for outcome in outcomes:
            for item in outcome.items:
                results[item['id']][item['result']] += 1
        for counter in results.values():
            self.assertEqual({'created', 'unchanged'}, counter.keys())
            self.assertEqual(1, counter['created'])
        numbers = sorted(int(backup_id[:8], 16) for backup_id in results)
        self.assertEqual(numbers, self.numbers())
        self.assertEqual(
            {number: int(number % 10 != 9) for number in numbers},
            self.children(),
        )
        self.assertEqual(len(numbers), len(self.rows('backup_metadata')))
        sums = collections.Counter(f'project-{n % 3}' for n in numbers)
        self.assertEqual(
            {project: (n, n * 3) for project, n in sums.items()},
            self.usages(),
        )

    def test_children_of_one_parent(self):
        self.import_([base.string(1000)])
        self.at_once(
            *(
                self.importer(
                    [
                        base.string(thread * 10 + place, parent=1000)
                        for place in range(10)
                    ]
                )
                for thread in range(THREADS)
            )
        )
        self.assertEqual(10 * THREADS, self.children()[1000])

    def test_the_last_of_the_quota(self):
        self.limit(backups=25)
        outcomes = self.at_once(
            *(
                self.importer(
                    [base.string(thread * 10 + n) for n in range(10)]
                )
                for thread in range(THREADS)
            )
        )
        results = sum(map(base.results, outcomes), [])
        self.assertEqual(
            {'created': 25, 'quota_exceeded': 15},
            collections.Counter(results),
        )
        self.assertEqual({'project-1': (25, 75)}, self.usages())

    def test_what_cinder_charges_meanwhile(self):
        def charge(context):
            for _number in range(20):
                reservations = quota.QUOTAS.reserve(
                    context,
                    project_id='project-1',
                    backups=1,
                    backup_gigabytes=3,
                )
                quota.QUOTAS.commit(
                    context, reservations, project_id='project-1'
                )

        self.import_([base.string(0)])
        self.at_once(
            charge,
            *(
                self.importer([base.string(thread * 10 + n)])
                for thread in range(1, 3)
                for n in range(3)
            ),
        )
        self.assertEqual({'project-1': (27, 81)}, self.usages())


class TestChanged(ConcurrencyTestCase):
    """What is changed between the look at it and the write."""

    def _change(self, statement):
        """Let a change be there from right after the first look at it."""
        read = plan.read_known
        looks = []

        def read_and_change(context, entries):
            # In the same transaction, for SQLite lets nobody else write
            # meanwhile. The first is rolled back, and the change with it.
            looks.append(statement)
            if len(looks) > 1:
                context.session.execute(sa.text(statement))
            known = read(context, entries)
            if len(looks) == 1:
                context.session.execute(sa.text(statement))
            return known

        self.patch(plan, 'read_known', read_and_change)

    def test_parent_that_goes(self):
        self.import_([base.string(1), base.string(5)])
        self._change(
            'UPDATE backups SET deleted = 1 '
            f"WHERE id = '{base.backup_id(1)}'"
        )
        self.assertResults(
            ['parent_missing', 'created'],
            [base.string(2, parent=1), base.string(6, parent=5)],
        )
        self.assertEqual([5, 6], self.numbers())

    def test_parent_that_is_restored(self):
        self.import_([base.string(1)])
        self._change("UPDATE backups SET status = 'restoring'")
        self.assertResults(
            ['parent_not_available', 'created'],
            [base.string(2, parent=1), base.string(3)],
        )

    def test_deleted_one_that_another_brings_back(self):
        self.import_([base.string(1)])
        self.execute('UPDATE backups SET deleted = 1')
        self._change('UPDATE backups SET deleted = 0')
        self.assertResults(
            ['unchanged', 'created'], [base.string(1), base.string(2)]
        )
        self.assertEqual([1, 2], self.numbers())

    def test_one_that_another_makes(self):
        self._change(
            'INSERT INTO backups (id, volume_id, status, deleted) '
            f"VALUES ('{base.backup_id(1)}', '', 'creating', 0)"
        )
        self.assertResults(
            ['backup_exists', 'created'], [base.string(1), base.string(2)]
        )
        self.assertEqual([1, 2], self.numbers())
