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

"""What the tests of the import of many records have in common."""

from cinder.backup import driver as cinder_driver

from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.worker import host as worker_host


def host(driver, repository):
    """Return a host that has a driver and a repository."""
    made = worker_host.Host('host-1', 'az-1', fixed.Fixed(driver), None)
    made.repository = repository
    return made


class Driver(cinder_driver.BackupDriver):
    """A driver that, like Cinder's own, minds no import."""

    def __init__(self):
        pass

    def backup(self, *args, **kwargs):
        raise NotImplementedError

    restore = delete_backup = backup


class Repository(repository_base.Repository, repository_base.Lookup):
    """A repository that has everything but what it is told to lack.

    :ivar asked: ids that were looked for, a list for each time
    """

    def __init__(self, faults=None, location_faults=None):
        super().__init__(fixed.Fixed(Driver()), None)
        self.faults = faults or {}
        self.location_faults = location_faults or {}
        self.asked = []

    def check_location(self, record):
        if record.id in self.location_faults:
            raise self.location_faults[record.id]

    def find_faults(self, records):
        ids = [record.id for record in records]
        self.asked.append(ids)
        return {
            backup_id: self.faults[backup_id]
            for backup_id in ids
            if backup_id in self.faults
        }


def backup_id(number):
    """Return the id of a backup that the tests know by its number."""
    return f'{number:08x}-0000-4000-8000-000000000000'


def string(number, parent=None, **changes):
    """Return the record string of a backup.

    :param parent: the number of the backup that it builds on
    """
    values = {
        'id': backup_id(number),
        'parent_id': None if parent is None else backup_id(parent),
        'container': f'folder-{number}',
    }
    return samples.encode(samples.record(**(values | changes)))


def results(outcome):
    """Return for each record the reason, or else what became of it."""
    return [item['reason'] or item['result'] for item in outcome.items]


class PageTestCase(base.DatabaseTestCase):
    def reset(self):
        """Empty the database."""
        base._copy(base._file('empty'), base._file('cinder'))

    def import_(
        self,
        strings,
        repository=None,
        driver=None,
        context=None,
        on_created=None,
        **options,
    ):
        context = context or self.context
        return pipeline.import_page(
            context,
            entries.of_strings(strings),
            objects.BackupRecordBatchOptions.with_defaults(context, **options),
            host(driver or Driver(), repository or Repository()),
            on_created=on_created,
        )

    def assertResults(self, expected, strings, **kwargs):
        """Import; return the items."""
        outcome = self.import_(strings, **kwargs)
        self.assertEqual(expected, results(outcome))
        return outcome.items

    def assertUnchanged(self, expected, strings, **kwargs):
        """Import, and find that nothing in the database has changed."""
        before = self.tables()
        items = self.assertResults(expected, strings, **kwargs)
        self.assertEqual(before, self.tables())
        return items

    def row(self, number):
        """Return the row of a backup."""
        [row] = [
            row
            for row in self.rows('backups')
            if row['id'] == backup_id(number)
        ]
        return row

    def numbers(self):
        """Return the numbers of the backups that are not deleted."""
        return sorted(
            int(row['id'][:8], 16)
            for row in self.rows('backups')
            if not row['deleted']
        )

    def children(self):
        """Return the counts of children by the number of the backup."""
        return {
            int(row['id'][:8], 16): row['num_dependent_backups']
            for row in self.rows('backups')
            if not row['deleted']
        }

    def usages(self):
        """Return number and gigabytes in use, by project."""
        usages = {}
        for row in self.rows('quota_usages'):
            usages.setdefault(row['project_id'], {})[row['resource']] = row[
                'in_use'
            ]
        return {
            project_id: (usage['backups'], usage['backup_gigabytes'])
            for project_id, usage in usages.items()
        }

    def limit(self, backups=-1, gigabytes=-1):
        """Set the limits that hold for each project."""
        self.config.config(
            quota_backups=backups,
            quota_backup_gigabytes=gigabytes,
            use_default_quota_class=False,
        )
