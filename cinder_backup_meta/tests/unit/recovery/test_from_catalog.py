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

import random

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import passes
from cinder_backup_meta import objects
from cinder_backup_meta.recovery import from_catalog
from cinder_backup_meta.repositories import base as repository_base
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit.importer import base as importer_base
from cinder_backup_meta.tests.unit import rows


class RecoveringTestCase(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        self.repository = importer_base.Repository()

    def recover(self, marker=None, limit=100, dry_run=False, **selection):
        return from_catalog.recover_page(
            self.context,
            objects.BackupRecordSelection.with_defaults(
                self.context, **selection
            ),
            objects.BackupRecordBatchOptions.with_defaults(
                self.context, dry_run=dry_run
            ),
            limit,
            marker,
            importer_base.host(importer_base.Driver(), self.repository),
        )

    def walk(self, limit, **options):
        """Return what a client is told in the end: each backup once."""
        told, marker = {}, None
        while True:
            page = self.recover(marker, limit, **options)
            for item in page.items:
                told.setdefault(item['id'], item)
            marker = page.next_marker
            if marker is None:
                return list(told.values())

    def results(self, items):
        return [
            (int(item['id'][:8], 16), item['reason'] or item['result'])
            for item in items
        ]

    def capture(self):
        """Bring the catalog level with what is there now."""
        capture.capture_ids(
            self.context,
            [row['id'] for row in self.rows('backups')],
            self.maker,
        )

    def live(self):
        return {
            row['id']: {
                name: value
                for name, value in row.items()
                if name not in ('updated_at', 'fail_reason')
            }
            for row in self.rows('backups')
        }

    def usages(self):
        return {
            (row['project_id'], row['resource']): row['in_use']
            for row in self.rows('quota_usages')
            if row['in_use']
        }


class TestRecordsThatCanNotBeRead(RecoveringTestCase):
    """The refusals have the names that the catalog knows."""

    def test_names(self):
        rows.insert(
            self.context,
            rows.backup(1, size=7),
            rows.backup(2, parent=1),
        )
        self.capture()
        self.lose(1, 2)
        self.catalog.execute(
            "UPDATE backup_records SET record = 'e30' "
            f"WHERE id = '{rows.backup_id(1)}'"
        )
        first, second = self.recover().items
        self.assertEqual('record_not_base64', first['reason'])
        self.assertEqual(
            (rows.backup_id(1), 'backup 1', 'project-1', '7', None),
            tuple(
                first[name]
                for name in ('id', 'name', 'project_id', 'size', 'parent_id')
            ),
        )
        self.assertEqual('parent_refused', second['reason'])
        self.assertIn(rows.backup_id(1), second['detail'])


class TestRecover(RecoveringTestCase):
    def test_as_they_were(self):
        rows.insert(
            self.context,
            rows.backup(1, num_dependent_backups=1, host='gone'),
            rows.backup(2, parent=1, project_id='other', user_id='else'),
        )
        self.capture()
        before = self.live()
        self.lose(1, 2)
        page = self.recover()
        self.assertEqual(
            [(1, 'created'), (2, 'created')], self.results(page.items)
        )
        self.assertEqual((2, None), (page.examined, page.next_marker))
        self.assertEqual(before, self.live())
        self.assertEqual(
            {
                ('project-1', 'backups'): 1,
                ('project-1', 'backup_gigabytes'): 1,
                ('other', 'backups'): 1,
                ('other', 'backup_gigabytes'): 1,
            },
            self.usages(),
        )

    def test_what_cinder_has_or_has_deleted_is_let_be(self):
        rows.insert(
            self.context, *(rows.backup(number) for number in range(1, 5))
        )
        self.capture()
        self.lose(4)
        self.change(2, status='error')
        self.soft_delete(3)
        before = self.live()
        self.assertEqual([(4, 'created')], self.results(self.recover().items))
        after = self.live()
        del after[rows.backup_id(4)]
        self.assertEqual(before, after)

    def test_what_was_deleted_and_purged_stays_away(self):
        rows.insert(self.context, rows.backup(1), rows.backup(2))
        self.capture()
        self.soft_delete(1)
        self.capture()
        self.lose(1, 2)
        self.assertEqual([(2, 'created')], self.results(self.recover().items))

    def test_quota_that_was_wrong_before(self):
        rows.insert(self.context, rows.backup(1), rows.backup(2))
        self.capture()
        self.lose(1, 2)
        self.recover(limit=1)
        self.execute('UPDATE quota_usages SET in_use = 7')
        self.walk(1)
        self.assertEqual(
            {
                ('project-1', 'backups'): 2,
                ('project-1', 'backup_gigabytes'): 2,
            },
            self.usages(),
        )

    def test_says_why_not(self):
        rows.insert(
            self.context,
            rows.backup(1),
            rows.backup(2, parent=1),
            rows.backup(3),
        )
        self.capture()
        self.lose(1, 2, 3)
        self.repository.faults[rows.backup_id(1)] = (
            repository_base.DataMissing('all')
        )
        self.assertEqual(
            [(1, 'data_missing'), (2, 'parent_refused'), (3, 'created')],
            self.results(self.walk(1)),
        )
        self.repository.faults.clear()
        self.assertEqual(
            [(1, 'created'), (2, 'created')], self.results(self.walk(1))
        )

    def test_selection(self):
        rows.insert(
            self.context,
            rows.backup(1, project_id='a'),
            rows.backup(2, parent=1, project_id='b'),
            rows.backup(3, parent=2, project_id='a'),
            rows.backup(4, project_id='a'),
        )
        self.capture()
        self.lose(1, 2, 3, 4)
        page = self.recover(project_id='b', dry_run=True)
        self.assertEqual(
            [(1, 'created'), (2, 'created')], self.results(page.items)
        )
        self.assertEqual(
            ['true', None], [item['ancestor'] for item in page.items]
        )
        page = self.recover(backup_ids=[rows.backup_id(4)])
        self.assertEqual([(4, 'created')], self.results(page.items))

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.integers(0, 2**32), st.integers(1, 7))
    def test_any_loss(self, seed, limit):
        """Any chains, any part of them lost, any page size, in two turns."""
        self.empty_database()
        self.catalog.execute('DELETE FROM backup_records')
        chance = random.Random(seed)
        made = _chains(chance)
        rows.insert(self.context, *made)
        self.capture()
        before = self.live()
        numbers = [int(row['id'][:8], 16) for row in made]
        # A backup is not lost without those that build on it: the database
        # goes, or comes from a dump of an earlier time.
        since = chance.randint(0, 3)
        lost = [
            number
            for number, row in zip(numbers, made, strict=True)
            if (row['created_at'] - rows.T0).seconds >= since
        ]
        self.lose(*lost)
        self._drop_children(made, lost)
        kept = self.live()
        planned = self.walk(limit, dry_run=True)
        self.assertEqual(kept, self.live())
        done = self.walk(limit)
        self.assertEqual(self.results(planned), self.results(done))
        self.assertEqual(before, self.live())
        self.assertEqual(
            sorted((number, 'created') for number in lost),
            sorted(self.results(done)),
        )
        self.assertEqual(_sums(made), self.usages())
        self.assertEqual([], self.walk(limit))
        passes.compare_all(self.context, self.maker)
        self.assertEqual({'current'}, set(self.states().values()))

    def _drop_children(self, made, lost):
        """Let the rows that are left count the children that are left."""
        for row in made:
            number = int(row['id'][:8], 16)
            if number not in lost:
                left = [
                    one
                    for one in made
                    if one['parent_id'] == row['id']
                    and int(one['id'][:8], 16) not in lost
                ]
                self.change(number, num_dependent_backups=len(left))


def _chains(chance):
    made = rows.chains(chance, 12, size=lambda: chance.randint(1, 5))
    for row in made:
        row['num_dependent_backups'] = sum(
            other['parent_id'] == row['id'] for other in made
        )
    return made


def _sums(made):
    """Return what the projects have to be charged with."""
    sums = {}
    for row in made:
        for resource, number in (
            ('backups', 1),
            ('backup_gigabytes', row['size']),
        ):
            key = row['project_id'], resource
            sums[key] = sums.get(key, 0) + number
    return sums
