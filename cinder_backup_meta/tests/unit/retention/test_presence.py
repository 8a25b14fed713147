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

"""Catalogs that were there and are not any more.

Whatever would destroy something if nothing were in the catalog has to refuse.
"""

import os

from cinder_backup_meta.checker import repository as repository_checker
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import keys
from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.retention import lost
from cinder_backup_meta.retention import presence
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database


class PresenceTestCase(base.DatabaseTestCase):
    migrated = True

    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(
            catalog_database.CatalogDatabase(migrated=self.migrated)
        )

    def mark(self):
        return [
            row['value']
            for row in self.rows('driver_initiator_data')
            if row['initiator'] == 'cinder-backup-meta'
        ]

    def askers(self):
        """Return whatever asks the catalog what must not be destroyed."""
        key_ids = keys.owned([samples.PARENT_ID])
        return [
            lambda: retained.is_retained(self.context, samples.ID),
            lambda: retained.retained_among(self.context, [samples.ID]),
            lambda: retained.retain(self.context, samples.ID),
            lambda: retained.retain_many(self.context, [samples.ID]),
            lambda: retained.release(self.context, samples.ID),
            lambda: retained.release_many(self.context, [samples.ID]),
            lambda: lost.naming_keys(self.context, key_ids),
            lambda: lost.among(self.context, [samples.ID]),
            lambda: lost.entries_of(self.context, [samples.ID]),
            lambda: repository_checker._entries(self.context, [samples.ID]),
        ]

    def assert_refused(self, text):
        for number, ask in enumerate(self.askers()):
            with self.subTest(number=number):
                error = self.assertRaises(exception.Refused, ask)
                self.assertIs(reasons.Reason.CATALOG_UNAVAILABLE, error.code)
                self.assertIn(text, str(error))
                self.assertIn('db accept', str(error))

    def assert_answered(self):
        for ask in self.askers():
            ask()


class TestGone(PresenceTestCase):
    def setUp(self):
        super().setUp()
        retained.retain(self.context, samples.ID)
        self.away = f'{self.catalog.path}.away'

    def move_away(self):
        os.rename(self.catalog.path, self.away)

    def test_file_that_was_moved_away(self):
        self.move_away()
        self.assert_refused('the one that was in use is gone')
        # Nothing has made a new one.
        self.assertFalse(os.path.exists(self.catalog.path))
        os.rename(self.away, self.catalog.path)
        self.assertTrue(retained.is_retained(self.context, samples.ID))
        self.assert_answered()

    def test_after_a_restart(self):
        self.move_away()
        session.forget()
        self.assert_refused('the one that was in use is gone')
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_empty_file(self):
        self.move_away()
        with open(self.catalog.path, 'wb'):
            pass
        self.assert_refused('the one that was in use is gone')

    def test_new_catalog(self):
        self.move_away()
        migration.upgrade()
        self.assert_refused('it is not the one that was in use')
        self.assertEqual([], self.catalog.execute(_ALL))

    def test_other_connection(self):
        self.catalog.connect(f'sqlite:///{self.catalog.path}.other')
        self.assert_refused('the one that was in use is gone')

    def test_version_without_identity(self):
        # As after a dump of an earlier release was restored.
        self.catalog.execute('DROP TABLE catalog_identity')
        self.assert_refused('the one that was in use is gone')

    def test_accepted(self):
        self.move_away()
        migration.upgrade()
        self.assertEqual([presence.accept(self.context)], self.mark())
        self.assertFalse(retained.is_retained(self.context, samples.ID))
        self.assert_answered()

    def test_accepted_without_any(self):
        self.move_away()
        self.assertIsNone(presence.accept(self.context))
        self.assertEqual([], self.mark())
        self.assertFalse(retained.is_retained(self.context, samples.ID))


_ALL = 'SELECT * FROM retained_backups'


class TestFirst(PresenceTestCase):
    def test_noted_once(self):
        self.assertTrue(presence.is_there(self.context, note=False))
        self.assertEqual([], self.mark())
        self.assertTrue(presence.is_there(self.context))
        [identity] = self.catalog.execute('SELECT * FROM catalog_identity')
        self.assertEqual([identity['identity']], self.mark())
        self.assertTrue(presence.is_there(self.context))
        self.assertEqual([identity['identity']], self.mark())

    def test_cinders_database_is_lost(self):
        retained.retain(self.context, samples.ID)
        before = self.mark()
        self.empty_database()
        self.assertTrue(retained.is_retained(self.context, samples.ID))
        self.assertEqual(before, self.mark())

    def test_earlier_release(self):
        self.catalog.execute('DROP TABLE catalog_identity')
        self.assertTrue(retained.retain(self.context, samples.ID))
        self.assertTrue(retained.is_retained(self.context, samples.ID))
        self.assertEqual([], self.mark())


class TestNever(PresenceTestCase):
    migrated = False

    def test_nothing_is_retained(self):
        self.assertFalse(presence.is_there(self.context))
        self.assertFalse(retained.is_retained(self.context, samples.ID))
        self.assertEqual([], self.mark())
        self.assertFalse(os.path.exists(self.catalog.path))
