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

import datetime
import json
import os
import pathlib

from cinder import quota
import fixtures
import sqlalchemy as sa

from cinder_backup_meta.checker import findings
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock
from cinder_backup_meta.db import paging
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.cmd.manage import test_command
from cinder_backup_meta.tests.unit import rows

_LONG_AGO = datetime.datetime(2020, 1, 1)


class CheckTestCase(test_command.ManageTestCase):
    """Two backups, one on the other, and all agree."""

    def setUp(self):
        super().setUp()
        migration.upgrade()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.config.config(
            backup_driver=samples.POSIX, backup_posix_path=str(self.root)
        )
        self.useFixture(fixtures.MonkeyPatch(f'{clock.__name__}.PAUSE', 0))
        self.full, self.child = map(rows.backup_id, (1, 2))
        rows.insert(
            self.context,
            rows.backup(1, num_dependent_backups=1, object_count=0),
            rows.backup(2, parent=1, object_count=0),
        )
        self.store(self.full, None)
        self.store(self.child, self.full)
        self.insert_usage('backups', 2)
        self.insert_usage('backup_gigabytes', 2)
        self.manage('catalog', 'sync')

    def store(self, backup_id, parent_id):
        """Store a backup of no objects, as the driver does."""
        folder = self.root / backup_id[0:2] / backup_id[2:4] / backup_id
        folder.mkdir(parents=True)
        prefix = samples.posix_prefix(samples.VOLUME_ID, backup_id)
        document = {
            'version': '1.0.0',
            'backup_id': backup_id,
            'volume_id': samples.VOLUME_ID,
            'parent_id': parent_id,
            # As Cinder writes it, shortened.
            'volume_meta': json.dumps({'volume-base-metadata': {'size': 1}}),
            'objects': [],
        }
        (folder / f'{prefix}_metadata').write_text(json.dumps(document))
        (folder / f'{prefix}_sha256file').write_text('{}')

    @models.main_context_manager.writer
    def _execute(self, context, statement):
        return context.session.execute(statement)

    def execute(self, statement):
        return self._execute(self.context, statement)

    def insert_usage(self, resource, in_use, **values):
        table = models.QuotaUsage.__table__
        row = {
            'project_id': 'project-1',
            'resource': resource,
            'in_use': in_use,
            'reserved': 0,
            'deleted': False,
        }
        self.execute(sa.insert(table).values(row | values))

    def update(self, backup_id, **values):
        table = models.Backup.__table__
        self.execute(
            sa.update(table).where(table.c.id == backup_id).values(values)
        )

    def charge(self, **values):
        table = models.QuotaUsage.__table__
        self.execute(
            sa.update(table)
            .where(table.c.resource == 'backups')
            .values(values)
        )

    def check(self, *arguments, code=0):
        """Run it; return what it found, and check that it wrote nothing."""
        before = self.tables(), self.rows_of_catalog()
        output, self.error = self.manage(
            'check', '--format', 'json', *arguments, code=code
        )
        self.assertEqual(before, (self.tables(), self.rows_of_catalog()))
        return json.loads(output)

    def rows_of_catalog(self):
        return self.catalog.execute('SELECT * FROM backup_records')

    def assert_found(self, expected, *arguments, code=3):
        """Check that this is found and nothing else; return the answer.

        :param expected: backups, or else projects, by code
        """
        found = self.check(*arguments, code=code)
        self.assertEqual(
            expected,
            {
                item['code']: [
                    one['backup_id'] or one['project_id']
                    for one in item['items']
                ]
                for item in found['findings']
            },
        )
        for item in found['findings']:
            self.assertTrue(item['advice'])
        return found


class TestAgreement(CheckTestCase):
    def test_all_agree(self):
        found = self.assert_found({}, code=0)
        self.assertEqual('agree', found['verdict'])
        self.assertEqual(
            {
                'backups': 2,
                'catalog_entries': 2,
                'looked_up': 2,
                'stored_backups': 2,
            },
            found['compared'],
        )

    def test_nothing_at_all(self):
        for table in ('backup_metadata', 'backups', 'quota_usages'):
            self.execute(sa.delete(models.Backup.metadata.tables[table]))
        self.catalog.execute('DELETE FROM backup_records')
        for path in self.root.rglob('volume*'):
            path.unlink()
        self.assert_found({}, code=0)

    def test_page_by_page(self):
        self.useFixture(fixtures.MonkeyPatch(f'{paging.__name__}.PAGE', 1))
        self.assert_found({}, code=0)
        self.update(self.full, num_dependent_backups=2)
        self.update(self.child, num_dependent_backups=2)
        self.assert_found(
            {'children_miscounted': [self.full, self.child]},
            '--only',
            'backups',
        )

    def test_text(self):
        self.charge(in_use=3)
        output, _error = self.manage('check', code=3)
        self.assertEqual(
            [
                'quota_miscounted: 1; run cinder-manage quota sync '
                '--project-id with the project',
                '  project project-1: it is charged for 3 backups but has 2',
                'Compared: backups, catalog, quota, repository (2 backups, 2 '
                'catalog entries, 2 looked up, 2 stored backups). '
                'Differences: 1. In motion or not comparable: 0.',
            ],
            output.splitlines(),
        )

    def test_limit(self):
        for path in self.root.rglob('*_metadata'):
            path.unlink()
        found = self.check('--limit', '1', code=3)
        [item] = found['findings']
        self.assertEqual(
            (2, 1, 1),
            (item['differences'], len(item['items']), item['not_listed']),
        )
        output, _error = self.manage('check', '--limit', '0', code=3)
        self.assertIn('\n  and 2 more\n', output)

    def test_arguments(self):
        for arguments in (
            ('--only', 'nothing'),
            ('--limit', '-1'),
            ('--limit', 'x'),
        ):
            self.manage('check', *arguments, code=2)

    def test_each_code_has_advice(self):
        self.assertEqual(set(findings.Code), set(findings.ADVICE))


class TestBackups(CheckTestCase):
    ONLY = '--only', 'backups'

    def test_counts(self):
        for number in (0, 2, 7):
            self.update(self.full, num_dependent_backups=number)
            self.assert_found({'children_miscounted': [self.full]}, *self.ONLY)

    def test_counts_of_a_child_that_is_not_whole(self):
        self.update(self.child, status='error')
        for number, expected in (
            (0, {}),
            (1, {}),
            (2, {'children_miscounted': [self.full]}),
        ):
            self.update(self.full, num_dependent_backups=number)
            self.assert_found(
                {**expected, 'backup_failed': [self.child]},
                *self.ONLY,
                code=3 if expected else 0,
            )

    def test_counts_are_corrected(self):
        self.update(self.full, num_dependent_backups=None)
        output, _error = self.manage('repair', '--counts')
        self.assertEqual(
            f'{self.full}: 0, expected 1\nCounts to correct: 1.\n', output
        )
        self.check(*self.ONLY, code=3)
        output, _error = self.manage('repair', '--counts', '--apply')
        self.assertIn('Counts corrected: 1.', output)
        # The record has the count too.
        self.manage('catalog', 'sync')
        self.assert_found({}, code=0)

    def test_parent_gone(self):
        self.update(self.full, deleted=True)
        self.assert_found({'parent_gone': [self.child]}, *self.ONLY)

    def test_empty_ids(self):
        # Stock Cinder has imported what gophercloud wrote.
        self.update(self.full, parent_id='', encryption_key_id='')
        self.manage('catalog', 'sync', '--full')
        self.assert_found({}, code=0)

    def test_clocks(self):
        later = datetime.datetime.now() + datetime.timedelta(days=2)
        wrong = datetime.datetime(1970, 1, 1, 0, 7)
        for column in ('created_at', 'data_timestamp', 'updated_at'):
            before = self.rows('backups')[0][column]
            for when in (later, wrong):
                self.update(self.full, **{column: when})
                found = self.assert_found(
                    {'clock_wrong': [self.full]}, *self.ONLY
                )
                [item] = found['findings'][0]['items']
                self.assertIn(str(when.year), item['detail'])
                self.assertIn('host-1', item['detail'])
            self.update(
                self.full, **{column: datetime.datetime.fromisoformat(before)}
            )
        self.config.config(clock_skew=3 * 86400, group='backup_meta')
        self.update(self.full, created_at=later)
        self.assert_found({}, *self.ONLY, code=0)

    def test_statuses(self):
        for status, code in (
            ('creating', 'backup_moving'),
            ('deleting', 'backup_moving'),
            ('restoring', 'backup_moving'),
            ('error', 'backup_failed'),
            ('error_deleting', 'backup_failed'),
            (None, 'backup_failed'),
        ):
            self.update(self.child, status=status)
            self.assert_found({code: [self.child]}, *self.ONLY, code=0)

    def test_metadata(self):
        rows.insert(
            self.context,
            metadata=[
                (self.full, 'k', '1'),
                (self.full, 'k', '2'),
                (self.full, 'l', '1'),
                (self.child, 'k', '1'),
                ('gone', 'k', '1'),
            ],
        )
        self.assert_found(
            {'metadata_orphaned': ['gone'], 'metadata_doubled': [self.full]},
            *self.ONLY,
        )

    def test_import_left_behind(self):
        rows.insert(
            self.context,
            rows.backup(
                3,
                status='creating',
                volume_id=models.ZERO_UUID,
                host=None,
                service=None,
                container=None,
                service_metadata=None,
            ),
        )
        third = rows.backup_id(3)
        self.assert_found({'import_left_behind': [third]}, *self.ONLY)
        century = str(100 * 365 * 86400)
        self.assert_found(
            {'backup_moving': [third]},
            *self.ONLY,
            '--older-than',
            century,
            code=0,
        )


class TestCatalog(CheckTestCase):
    ONLY = '--only', 'catalog'

    def _assert_mended(self):
        self.manage('catalog', 'sync', '--full')
        self.assert_found({}, *self.ONLY, code=0)

    def test_records_that_can_not_be_read(self):
        """Values that Cinder's own API never lets into a row."""
        self.update(self.child, size=-5)
        self.manage('catalog', 'sync', '--full')
        found = self.assert_found(
            {'record_unreadable': [self.child]}, *self.ONLY
        )
        [item] = found['findings'][0]['items']
        self.assertIn('size: must be from 0', item['detail'])
        self.assertEqual('project-1', item['project_id'])
        # What has been lost meanwhile is read as the catalog has it.
        table = models.Backup.__table__
        self.execute(sa.delete(table).where(table.c.id == self.child))
        found = self.assert_found(
            {
                'backup_lost': [self.child],
                'record_unreadable': [self.child],
            },
            *self.ONLY,
        )
        for one in found['findings']:
            self.assertEqual('project-1', one['items'][0]['project_id'])

    def test_change_in_the_future(self):
        later = datetime.datetime.now() + datetime.timedelta(days=2)
        self.update(self.child, display_name='x', updated_at=later)
        self.assert_found({'catalog_behind': [self.child]}, *self.ONLY)

    def test_earlier_record(self):
        self.update(self.full, display_name='new', updated_at=_LONG_AGO)
        self.assert_found({'catalog_behind': [self.full]}, *self.ONLY)
        self._assert_mended()

    def test_metadata(self):
        rows.insert(self.context, metadata=[(self.full, 'k', 'v')])
        self.assert_found({'catalog_behind': [self.full]}, *self.ONLY)
        self._assert_mended()

    def test_no_entry(self):
        self.catalog.execute(
            f"DELETE FROM backup_records WHERE id = '{self.full}'"
        )
        self.assert_found({'catalog_behind': [self.full]}, *self.ONLY)
        self._assert_mended()

    def test_wrong_state(self):
        for state in ('missing', 'deleted'):
            self.catalog.execute(
                f"UPDATE backup_records SET state = '{state}' WHERE id = "
                f"'{self.full}'"
            )
            self.assert_found({'catalog_behind': [self.full]}, *self.ONLY)
            self._assert_mended()

    def test_deleted(self):
        self.update(self.child, deleted=True, deleted_at=_LONG_AGO)
        self.assert_found({'catalog_behind': [self.child]}, *self.ONLY)
        self._assert_mended()

    def test_just_changed(self):
        now = clock.ago(0)
        self.update(self.full, display_name='new', updated_at=now)
        self.update(self.child, deleted=True, deleted_at=now)
        found = self.assert_found(
            {'catalog_behind': [self.full, self.child]}, *self.ONLY, code=0
        )
        self.assertEqual(2, found['in_motion'])

    def test_lost(self):
        table = models.Backup.__table__
        self.execute(sa.delete(table).where(table.c.id == self.child))
        for _ in range(2):
            self.assert_found({'backup_lost': [self.child]}, *self.ONLY)
            self.manage('catalog', 'sync', '--full')
        self.manage('recover', '--verify', 'none')
        self._assert_mended()

    def test_unavailable(self):
        self.catalog.execute('DROP TABLE backup_records')
        self.manage('check', *self.ONLY, code=1)
        output, error = self.manage(
            'check', '--only', 'catalog', '--only', 'quota', code=1
        )
        self.assertIn('catalog: not compared', output)
        self.assertIn('it has no tables yet', error)


class TestQuota(CheckTestCase):
    ONLY = '--only', 'quota'

    def test_miscounted(self):
        for number in (0, 1, 3, -1):
            self.charge(in_use=number)
            self.assert_found({'quota_miscounted': ['project-1']}, *self.ONLY)

    def test_uncharged(self):
        self.execute(sa.delete(models.QuotaUsage.__table__))
        self.assert_found({'quota_uncharged': ['project-1'] * 2}, *self.ONLY)
        self.manage('recover')
        self.assert_found({}, *self.ONLY, code=0)

    def test_several_projects(self):
        rows.insert(self.context, rows.backup(3, project_id='project-2'))
        self.insert_usage('backups', 5, project_id='project-3')
        found = self.check(*self.ONLY, code=3)
        self.assertEqual(
            {('project-2', 1), ('project-3', 1)},
            {
                (one['project_id'], 1)
                for item in found['findings']
                for one in item['items']
            },
        )

    def test_doubled(self):
        # The last one is what Cinder goes by.
        self.charge(in_use=7)
        self.insert_usage('backups', 2, race_preventer=None)
        self.assert_found({'quota_doubled': ['project-1']}, *self.ONLY)

    def test_reserved(self):
        self.charge(reserved=1)
        self.assert_found({'reserved_miscounted': ['project-1']}, *self.ONLY)

    def test_moving(self):
        quota.QUOTAS.reserve(self.context, project_id='project-1', backups=1)
        self.assert_found({}, *self.ONLY, code=0)
        self.charge(in_use=3)
        self.assert_found(
            {'quota_miscounted': ['project-1']}, *self.ONLY, code=0
        )

    def test_left_of_a_dead_process(self):
        quota.QUOTAS.reserve(self.context, project_id='project-1', backups=1)
        table = models.Backup.metadata.tables['reservations']
        self.execute(sa.update(table).values(created_at=_LONG_AGO))
        self.charge(in_use=3)
        self.assert_found(
            {
                'quota_miscounted': ['project-1'],
                'reservation_left': ['project-1'],
            },
            *self.ONLY,
        )


class TestRepository(CheckTestCase):
    ONLY = '--only', 'repository'

    def test_missing(self):
        for path in self.root.rglob(f'*{self.child}_metadata'):
            path.unlink()
        self.assert_found({'data_missing': [self.child]}, *self.ONLY)

    def test_location(self):
        self.update(self.child, container='/x')
        self.assert_found(
            {'location_invalid': [self.child], 'data_unclaimed': [self.child]},
            *self.ONLY,
        )

    def test_other_driver(self):
        self.update(self.child, service='some.other.Driver')
        self.assert_found({'driver_other': [self.child]}, *self.ONLY, code=0)

    def test_unclaimed(self):
        stranger = rows.backup_id(9)
        self.store(stranger, None)
        self.assert_found({'data_unclaimed': [stranger]}, *self.ONLY)

    def test_unclaimed_of_a_deleted_one(self):
        self.update(self.child, deleted=True, deleted_at=_LONG_AGO)
        self.manage('catalog', 'sync', '--full')
        found = self.assert_found({'data_unclaimed': [self.child]}, *self.ONLY)
        [item] = found['findings']
        self.assertIn('is deleted', item['items'][0]['detail'])

    def test_lost_one_is_not_unclaimed(self):
        table = models.Backup.__table__
        self.execute(sa.delete(table).where(table.c.id == self.child))
        self.assert_found({}, *self.ONLY, code=0)

    def test_other_files_are_let_be(self):
        (self.root / 'lost+found').mkdir()
        (self.root / 'README').write_text('no backup')
        os.symlink('/', self.root / 'link')
        self.assert_found({}, *self.ONLY, code=0)

    def test_driver_that_can_not_be_made(self):
        self.config.config(backup_posix_path='')
        error = self.manage('check', *self.ONLY, code=1)[1]
        self.assertIn('or with --skip-repository', error)
        self.assert_found({}, '--skip-repository', '--only', 'quota', code=0)

    def test_unreadable(self):
        self.config.config(backup_posix_path=str(self.root / 'not-there'))
        # What is not there at all is missing.
        self.assert_found(
            {'data_missing': [self.full, self.child]}, *self.ONLY
        )
