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

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import naming
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.importer import base


class TestOrder(base.PageTestCase):
    def test_children_first(self):
        self.assertResults(
            ['created'] * 5,
            [
                base.string(3, parent=2),
                base.string(5, parent=1),
                base.string(2, parent=1),
                base.string(1),
                base.string(4, parent=2),
            ],
        )
        self.assertEqual({1: 2, 2: 2, 3: 0, 4: 0, 5: 0}, self.children())

    def test_a_chain_longer_than_python_recurses(self):
        strings = [
            base.string(number, parent=number - 1 or None)
            for number in range(1500, 0, -1)
        ]
        self.limit()
        self.assertResults(['created'] * 1500, strings)

    def test_parent_that_is_here(self):
        self.import_([base.string(1), base.string(2, parent=1)])
        self.assertResults(
            ['created', 'created', 'created'],
            [
                base.string(3, parent=1),
                base.string(4, parent=2),
                base.string(5, parent=2),
            ],
        )
        self.assertEqual({1: 2, 2: 2, 3: 0, 4: 0, 5: 0}, self.children())

    def test_parent_that_is_here_and_in_the_page(self):
        self.import_([base.string(1)])
        self.assertResults(
            ['created', 'unchanged'],
            [base.string(2, parent=1), base.string(1)],
        )
        self.assertEqual({1: 1, 2: 0}, self.children())

    def test_count_that_was_never_made(self):
        self.import_([base.string(1)])
        self.execute('UPDATE backups SET num_dependent_backups = NULL')
        self.assertResults(['created'], [base.string(2, parent=1)])
        self.assertEqual({1: 1, 2: 0}, self.children())

    def test_children_that_are_here(self):
        self.import_([base.string(1), base.string(2, parent=1)])
        self.execute('DELETE FROM backup_metadata')
        self.execute('DELETE FROM backups WHERE parent_id IS NULL')
        self.assertResults(
            ['created', 'created'], [base.string(1), base.string(3, parent=1)]
        )
        self.assertEqual({1: 2, 2: 0, 3: 0}, self.children())

    def test_children_that_were_here(self):
        self.import_([base.string(1), base.string(2, parent=1)])
        self.execute('UPDATE backups SET deleted = 1')
        self.import_([base.string(1)])
        self.assertEqual({1: 0}, self.children())


class TestParent(base.PageTestCase):
    def test_that_was_never_here(self):
        [item] = self.assertUnchanged(
            ['parent_missing'], [base.string(2, parent=1)]
        )
        self.assertIn(base.backup_id(1), item['detail'])

    def test_that_is_deleted(self):
        self.import_([base.string(1)])
        for value in ('deleted = 1', "deleted = 0, status = 'deleted'"):
            self.execute(f'UPDATE backups SET {value}')  # noqa: S608
            self.assertUnchanged(
                ['parent_missing'], [base.string(2, parent=1)]
            )

    def test_that_is_not_available(self):
        self.import_([base.string(1)])
        self.execute("UPDATE backups SET status = 'restoring'")
        self.assertUnchanged(
            ['unchanged', 'parent_not_available'],
            [base.string(1), base.string(2, parent=1)],
        )

    def test_that_is_of_another_volume(self):
        self.import_([base.string(1)])
        self.assertUnchanged(
            ['parent_of_other_volume'],
            [base.string(2, parent=1, volume_id=samples.PARENT_ID)],
        )

    def test_that_is_younger(self):
        self.import_([base.string(1)])
        self.assertUnchanged(
            ['parent_not_older'],
            [base.string(2, parent=1, created_at='2026-01-01T00:00:00Z')],
        )

    def test_that_the_repository_does_not_like(self):
        class Repository(base.Repository):
            def check_parent(self, record, parent):
                if record.container != parent.container:
                    raise naming.refusal('container', 'is another')

        self.import_([base.string(1)])
        self.assertResults(
            [
                'container_invalid',
                'created',
                'created',
                'container_invalid',
                'parent_refused',
            ],
            [
                base.string(2, parent=1),
                base.string(3, parent=1, container='folder-1'),
                base.string(4, parent=3, container='folder-1'),
                base.string(5, parent=4, container='folder-2'),
                base.string(6, parent=5, container='folder-2'),
            ],
            repository=Repository(),
        )

    def test_that_is_refused_is_named(self):
        repository = base.Repository(
            {
                base.backup_id(1): exception.Refused(
                    reasons.Reason.DATA_MISSING, ''
                )
            }
        )
        items = self.assertUnchanged(
            ['data_missing', 'parent_refused', 'parent_refused'],
            [
                base.string(1),
                base.string(2, parent=1),
                base.string(3, parent=2),
            ],
            repository=repository,
        )
        root = base.backup_id(1)
        self.assertIn(
            f'parent {root} is refused (data_missing)', items[1]['detail']
        )
        self.assertIn(
            f'ancestor {root} is refused (data_missing)', items[2]['detail']
        )


class TestCircles(base.PageTestCase):
    def test_in_the_page(self):
        items = self.assertResults(
            [
                'parent_refused',
                'parent_is_descendant',
                'parent_is_descendant',
                'parent_is_descendant',
                'parent_is_descendant',
                'created',
            ],
            [
                base.string(4, parent=3),
                base.string(1, parent=3),
                base.string(2, parent=1),
                base.string(3, parent=2),
                base.string(5, parent=5),
                base.string(6),
            ],
        )
        self.assertIn(base.backup_id(3), items[1]['detail'])
        self.assertIn('(parent_is_descendant)', items[0]['detail'])

    def _make_orphans(self):
        """Leave 2 <- 3 <- 4 of a chain whose first link is soft-deleted."""
        self.import_(
            [base.string(1)]
            + [base.string(number, number - 1) for number in (2, 3, 4)]
        )
        self.execute('UPDATE backups SET deleted = 1 WHERE parent_id IS NULL')

    def test_through_what_is_here(self):
        self._make_orphans()
        self.assertUnchanged(
            ['parent_is_descendant', 'parent_refused'],
            [base.string(1, parent=4), base.string(9, parent=1)],
        )

    def test_through_what_is_here_and_the_page(self):
        self._make_orphans()
        self.assertResults(
            ['parent_is_descendant', 'created'],
            [base.string(1, parent=5), base.string(5, parent=4)],
        )
        # Neither is it one when the other is here already.
        self.assertUnchanged(
            ['parent_is_descendant', 'unchanged'],
            [base.string(1, parent=5), base.string(5, parent=4)],
        )

    def test_that_is_none(self):
        self._make_orphans()
        self.import_([base.string(7)])
        self.assertResults(
            ['created', 'created'],
            [base.string(1, parent=7), base.string(8, parent=4)],
        )

    def test_that_was_here_before(self):
        self._make_orphans()
        self.import_([base.string(7)])
        self.execute(
            'UPDATE backups SET parent_id = ? WHERE id = ?',
            base.backup_id(4),
            base.backup_id(2),
        )
        self.import_([base.string(8, parent=7)])
        self.execute(
            'UPDATE backups SET deleted = 1 WHERE id = ?', base.backup_id(7)
        )
        # One goes round 2 <- 3 <- 4 for ever; the other has children here.
        self.assertResults(
            ['created', 'created'],
            [base.string(9, parent=4), base.string(7)],
        )
        self.assertEqual(1, self.children()[7])
