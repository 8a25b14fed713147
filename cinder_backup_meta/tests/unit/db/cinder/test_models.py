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

from cinder import objects
from cinder import quota
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import rows

RESOURCES = {'backups': 1, 'backup_gigabytes': 1}

# As SQLite returns them.
FALSE, TRUE = 0, 1


class TestDeletedColumn(base.DatabaseTestCase):
    """What the installed Cinder leaves in the columns ``deleted``.

    :func:`models.live` relies on it in every supported release.
    """

    def setUp(self):
        super().setUp()
        objects.register_all()

    def deleted(self, table):
        return [row['deleted'] for row in self.rows(table)]

    def backup(self):
        backup = objects.Backup(
            self.context,
            user_id='user-1',
            project_id='project-1',
            volume_id=samples.VOLUME_ID,
            status='available',
            metadata={'key': 'value', 'other': 'value'},
        )
        backup.create()
        return backup

    def test_of_a_backup(self):
        backup = self.backup()
        self.assertEqual([FALSE], self.deleted('backups'))
        self.assertEqual([FALSE, FALSE], self.deleted('backup_metadata'))
        backup.destroy()
        self.assertEqual([TRUE], self.deleted('backups'))
        self.assertEqual([TRUE, TRUE], self.deleted('backup_metadata'))

    def test_of_metadata_that_is_replaced(self):
        backup = self.backup()
        backup.metadata = {'key': 'changed', 'new': 'value'}
        backup.save()
        self.assertEqual(
            {'key': FALSE, 'other': TRUE, 'new': FALSE},
            {
                row['key']: row['deleted']
                for row in self.rows('backup_metadata')
            },
        )

    def test_of_quota(self):
        engine = quota.QUOTAS
        reservations = engine.reserve(self.context, **RESOURCES)
        self.assertEqual([FALSE, FALSE], self.deleted('quota_usages'))
        self.assertEqual([FALSE, FALSE], self.deleted('reservations'))
        engine.commit(self.context, reservations)
        self.assertEqual([FALSE, FALSE], self.deleted('quota_usages'))
        self.assertEqual([TRUE, TRUE], self.deleted('reservations'))
        models.api.quota_destroy_all_by_project(self.context, 'project-1')
        self.assertEqual([TRUE, TRUE], self.deleted('quota_usages'))

    def test_of_a_limit(self):
        models.api.quota_create(self.context, 'project-1', 'backups', 5)
        self.assertEqual([FALSE], self.deleted('quotas'))
        quota.QUOTAS.destroy_by_project(self.context, 'project-1')
        self.assertEqual([TRUE], self.deleted('quotas'))


class TestLive(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        objects.register_all()
        rows.insert(
            self.context,
            *(
                rows.backup(number, deleted=deleted)
                for number, deleted in enumerate((False, True, None))
            ),
        )

    def select(self, table, **options):
        query = sa.select(table.c.id).where(models.live(table, **options))
        with models.main_context_manager.reader.using(self.context):
            return list(self.context.session.execute(query).scalars())

    def test_means_what_cinder_means(self):
        backups = objects.BackupList.get_all(self.context)
        expected = [backup.id for backup in backups]
        self.assertEqual([rows.backup_id(0)], expected)
        table = models.Backup.__table__
        for options in ({}, {'indexed': True}):
            for one in (table, table.alias('other')):
                self.assertEqual(expected, self.select(one, **options))

    def test_keeps_an_index_from_being_used_unless_asked(self):
        table = models.Backup.__table__
        self.assertIn('coalesce', str(models.live(table)).lower())
        self.assertNotIn(
            'coalesce', str(models.live(table, indexed=True)).lower()
        )
