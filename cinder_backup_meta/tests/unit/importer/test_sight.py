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

"""Importers who see the backups of their own project only."""

from cinder import context as cinder_context

from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.record import codec
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit.importer import base
from cinder_backup_meta.tests.unit import rows

NEW, OTHER, OWN = 1, 2, 3


class TestSight(base.PageTestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.limit()
        self.member = cinder_context.RequestContext(
            'user-1', 'project-1', is_admin=False
        )
        rows.insert(
            self.context,
            rows.backup(OTHER, seconds=0, project_id='project-2'),
            rows.backup(OWN, seconds=0),
        )

    def _single(self, context, string, repository=None, **options):
        outcome = pipeline.import_page(
            context,
            entries.of_strings([string]),
            objects.BackupRecordBatchOptions.with_defaults(context, **options),
            base.host(base.Driver(), repository or base.Repository()),
            pipeline.Source(
                refuse_existing=True, copies=pipeline.checks.Copies.RETAINED
            ),
        )
        return base.results(outcome)[0]

    def _change(self, **values):
        for name, value in values.items():
            self.execute(
                f'UPDATE backups SET {name} = ? WHERE id = ?',
                value,
                base.backup_id(OTHER),
            )

    def _capture(self, number, project_id, state):
        self.catalog.execute(
            'INSERT INTO backup_records (id, version, record, digest, '
            'revision, captured_at, state, state_changed_at, volume_id, '
            f"project_id, created_at) VALUES ('{base.backup_id(number)}', 1, "
            f"'{base.string(number)}', 'x', 1, '2026-01-02', '{state}', "
            f"'2026-01-02', '{samples.VOLUME_ID}', '{project_id}', "
            "'2026-01-02')"
        )

    def _copy(self, number):
        values = codec.decode(base.string(number))
        return codec.encode(values | {'id': base.backup_id(NEW)})

    def test_parent(self):
        string = base.string(NEW, OTHER)
        unknown = base.string(NEW, 99)
        [there] = self.import_([string], dry_run=True).items
        self.assertEqual('created', there['result'])
        for change in (
            {},
            {'status': 'error'},
            {'volume_id': samples.PARENT_ID},
            {'created_at': '2027-01-02 00:00:00'},
            {'deleted': 1},
        ):
            self._change(**change)
            [hidden] = self.assertUnchanged(
                ['parent_missing'], [string], context=self.member
            )
            [missing] = self.assertUnchanged(
                ['parent_missing'], [unknown], context=self.member
            )
            self.assertEqual(
                missing['detail'],
                hidden['detail'].replace(
                    base.backup_id(OTHER), base.backup_id(99)
                ),
            )

    def test_parent_of_the_own_project(self):
        self.assertResults(
            ['created'], [base.string(NEW, OWN)], context=self.member
        )

    def test_id(self):
        string = base.string(OTHER)
        for change in ({}, {'status': 'error'}, {'deleted': 1}):
            self._change(**change)
            [item] = self.assertUnchanged(
                ['backup_not_found'], [string], context=self.member
            )
            self.assertNotIn('status', item['detail'])
            self.assertEqual(
                'backup_not_found', self._single(self.member, string)
            )

    def test_id_of_the_own_project(self):
        self.execute(
            'UPDATE backups SET deleted = 1 WHERE id = ?', base.backup_id(OWN)
        )
        self.assertResults(
            ['created'], [base.string(OWN)], context=self.member
        )

    def test_copy(self):
        for deleted in (0, 1):
            self._change(deleted=deleted)
            self.assertEqual(
                'backup_not_found',
                self._single(self.member, self._copy(OTHER)),
            )
        self.assertEqual('created', self._single(self.member, self._copy(OWN)))

    def test_storage_is_not_asked_for_the_data_of_others(self):
        repository = base.Repository()
        string = self._copy(OTHER)
        self.assertEqual(
            'backup_not_found', self._single(self.member, string, repository)
        )
        self.assertEqual([], repository.asked)

    def test_lost(self):
        for state in ('missing', 'current', 'deleted'):
            self.execute('DELETE FROM backups')
            self.catalog.execute('DELETE FROM backup_records')
            self._capture(OTHER, 'project-2', state)
            self._capture(OWN, 'project-1', state)
            for string in (base.string(OTHER), self._copy(OTHER)):
                self.assertEqual(
                    'backup_not_found', self._single(self.member, string)
                )
            self.assertUnchanged(
                ['backup_not_found'],
                [base.string(OTHER)],
                context=self.member,
            )
            self.assertEqual(
                'created', self._single(self.member, base.string(OWN))
            )

    def test_children(self):
        # Their restore would read what the importer says of the parent.
        self._change(parent_id=base.backup_id(NEW))
        self.assertUnchanged(
            ['backup_not_found'], [base.string(NEW)], context=self.member
        )

    def test_administrator_sees_all(self):
        self.assertEqual(
            'created', self._single(self.context, self._copy(OTHER))
        )

    def test_recovery_is_for_all(self):
        outcome = pipeline.import_page(
            self.member,
            entries.of_strings([base.string(NEW, OTHER)]),
            objects.BackupRecordBatchOptions.with_defaults(self.member),
            base.host(base.Driver(), base.Repository()),
            pipeline.CATALOG,
        )
        self.assertEqual(['created'], base.results(outcome))
