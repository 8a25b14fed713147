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

"""The base class of the catalog's tests: both databases, for real."""

import datetime
import threading

from cinder import context
import fixtures
import sqlalchemy as sa

from cinder_backup_meta.catalog import records
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import paging
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit import rows

LATER = rows.T0 + datetime.timedelta(days=1)


def page_of(number):
    """Return a fixture: pages of so many backups."""
    return fixtures.MockPatchObject(paging, 'PAGE', number)


def patch(owner, name, value):
    """Return a fixture: something else in an attribute's place."""
    return fixtures.MockPatchObject(owner, name, value)


def new_context():
    """Return a context, of which each thread needs its own."""
    return context.get_admin_context()


def at_once(*actions, times=2):
    """Run each action in several threads at once; raise what they raise."""
    errors = []
    barrier = threading.Barrier(len(actions) * times)

    def run(action):
        barrier.wait()
        try:
            action()
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=run, args=(action,))
        for action in actions
        for _time in range(times)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in errors:
        raise error


class CatalogTestCase(base.DatabaseTestCase):
    """A test with an empty catalog."""

    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.config.config(backup_driver=samples.POSIX)
        self.maker = records.Maker(drivers.Instances(samples.POSIX))

    def insert(self, *numbers, **values):
        """Let Cinder have backups."""
        rows.insert(
            self.context,
            *(rows.backup(number, **values) for number in numbers),
        )

    def execute(self, sql):
        """Run a statement on Cinder's database."""
        self._execute(sa.text(sql))

    def _execute(self, statement):
        with models.main_context_manager.writer.using(self.context):
            self.context.session.execute(statement)

    def change(self, number, updated_at=LATER, **values):
        """Change a backup as Cinder does, at a time of its own."""
        table = models.Backup.__table__
        self._execute(
            sa.update(table)
            .where(table.c.id == rows.backup_id(number))
            .values(updated_at=updated_at, **values)
        )

    def soft_delete(self, number):
        """Delete a backup as Cinder does, without touching updated_at."""
        self.change(
            number,
            updated_at=models.Backup.__table__.c.updated_at,
            status='deleted',
            deleted=True,
            deleted_at=LATER,
        )

    def lose(self, *numbers):
        """Lose backups as a lost database does."""
        for number in numbers:
            table = models.Backup.__table__
            self._execute(
                sa.delete(table).where(table.c.id == rows.backup_id(number))
            )

    def entries(self):
        """Return the rows of the catalog by the number of the backup."""
        found = self.catalog.execute(
            'SELECT * FROM backup_records ORDER BY id'
        )
        return {int(row['id'][:8], 16): row for row in found}

    def states(self):
        """Return the states by the number of the backup."""
        return {number: row['state'] for number, row in self.entries().items()}
