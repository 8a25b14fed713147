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

"""What the import of a page costs the database."""

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests.unit.importer import base


class TestCost(base.PageTestCase):
    def setUp(self):
        super().setUp()
        self.limit()
        self.statements = []
        engine = models.main_context_manager.writer.get_engine()

        def note(connection, cursor, statement, *args):
            # oslo.db sends the first itself with SQLite, and the second with
            # SQLAlchemy before 2.0.5.
            if statement not in ('BEGIN', 'SELECT 1'):
                self.statements.append(statement)

        sa.event.listen(engine, 'before_cursor_execute', note)
        self.addCleanup(sa.event.remove, engine, 'before_cursor_execute', note)

    def _cost(self, results, strings, **options):
        self.statements.clear()
        outcome = self.import_(strings, owner='record', **options)
        self.assertEqual(results, set(base.results(outcome)))
        return len(self.statements)

    def _page(self, number):
        """Return chains of ten, each of a project of its own."""
        return [
            base.string(
                place,
                place - 1 if place % 10 else None,
                project_id=f'project-{place // 10}',
            )
            for place in range(number)
        ]

    def test_does_not_depend_on_the_number(self):
        for options in ({'quota': 'enforced'}, {'quota': 'recounted'}):
            for number in (20, 1000):
                self.reset()
                page = self._page(number)
                with_usages = self._cost({'created'}, page[:15], **options)
                cost = self._cost({'created', 'unchanged'}, page, **options)
                self.assertLessEqual(cost, 13, '\n'.join(self.statements))
                self.assertLessEqual(with_usages, 12)
                # To find that nothing has to be done takes one look.
                self.assertEqual(1, self._cost({'unchanged'}, page))

    def test_of_what_comes_back(self):
        page = self._page(1000)
        self.import_(page, owner='record')
        self.execute('UPDATE backups SET deleted = 1')
        cost = self._cost({'created'}, page)
        self.assertLessEqual(cost, 14, '\n'.join(self.statements))

    def test_of_parents_that_have_children_here(self):
        page = self._page(1000)
        self.import_(page, owner='record')
        self.execute('UPDATE backups SET deleted = 1 WHERE parent_id IS NULL')
        cost = self._cost({'created', 'unchanged'}, page)
        self.assertLessEqual(cost, 14, '\n'.join(self.statements))
