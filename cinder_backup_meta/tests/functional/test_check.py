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

"""``cinder-backup-meta-manage check``: each kind of difference, for real."""

import contextlib
import importlib.metadata
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import typing
import uuid

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import manage
from cinder_backup_meta.tests import samples

_PLACES = ('cinder.sqlite', 'cinder_backup_meta.sqlite')


class CheckTestCase(base.RecordsTestCase):
    """Tests that begin with a chain of two backups, and all agreeing.

    Nobody captures but the command that is recommended.
    """

    settings: typing.ClassVar[typing.Any] = {
        'config': {
            'backup_meta_catalog': {
                'capture_interval': 0,
                'comparison_interval': 0,
            }
        }
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.volume_id = cls.cloud.create_volume(data=b'data')
        cls.full = cls.cloud.backup(cls.volume_id)
        cls.child = cls.cloud.backup(cls.volume_id, incremental=True)
        cls.ids = [cls.full, cls.child]
        cls.sync()
        cls._move_all(forth=True)

    def setUp(self):
        super().setUp()
        self.addCleanup(self._move_all, forth=False)

    @classmethod
    def _move_all(cls, forth):
        """Keep what all tests begin with, or bring it back."""
        path = cls.cloud.path
        for name in _PLACES:
            pair = path(name), path(f'{name}.kept')
            source, target = pair if forth else reversed(pair)
            with (
                contextlib.closing(sqlite3.connect(source)) as one,
                contextlib.closing(sqlite3.connect(target, 60)) as other,
            ):
                one.backup(other)
        pair = path('backups'), path('backups.kept')
        source, target = pair if forth else reversed(pair)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)

    @classmethod
    def sync(cls):
        manage.manage(cls.cloud, 'catalog', 'sync', '--full')

    def check(self, *arguments, code=None):
        """Run it; return its exit status, JSON and error output."""
        done = subprocess.run(
            [
                os.path.join(
                    os.path.dirname(sys.executable),
                    'cinder-backup-meta-manage',
                ),
                '--config-file',
                self.cloud.path('cinder.conf'),
                'check',
                '--format',
                'json',
                *arguments,
            ],
            capture_output=True,
            text=True,
            timeout=manage.TIMEOUT,
        )
        if code is not None:
            self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def assert_agrees(self, *arguments):
        found = self.check(*arguments, code=0)
        self.assertEqual([], found['findings'])
        self.assertEqual('agree', found['verdict'])
        return found

    def assert_found(self, expected, *arguments, moving=()):
        """Check that this is found and nothing else, and nothing written.

        :param expected: the backups, or else projects, by code
        """
        before = self.tables(), self.files('backups')
        found = self.check(*arguments, code=3 if set(expected) else 0)
        told = {
            item['code']: sorted(
                one['backup_id'] or one['project_id'] for one in item['items']
            )
            for item in found['findings']
        }
        self.assertEqual(
            {
                code: sorted(subjects)
                for code, subjects in {**expected, **dict(moving)}.items()
            },
            told,
        )
        self.assertEqual(before, (self.tables(), self.files('backups')))
        return found


class TestAgreement(CheckTestCase):
    def test_all_agree(self):
        found = self.assert_agrees()
        self.assertEqual(
            {
                'backups': 2,
                'catalog_entries': 2,
                'looked_up': 2,
                'stored_backups': 2,
            },
            found['compared'],
        )
        self.delete(self.child)
        self.sync()
        self.assert_agrees()

    def test_text(self):
        output = manage.manage(self.cloud, 'check')
        self.assertEqual(
            'Compared: backups, catalog, quota, repository (2 backups, '
            '2 catalog entries, 2 looked up, 2 stored backups). Differences: '
            '0. In motion or not comparable: 0.\n',
            output,
        )

    def test_choice(self):
        shutil.rmtree(self.cloud.path('backups'))
        self.assert_agrees('--skip-repository')
        self.assert_agrees('--only', 'quota', '--only', 'catalog')
        found = self.assert_found(
            {'data_missing': self.ids}, '--only', 'repository'
        )
        self.assertEqual(['repository'], found['comparisons'])

    def test_limit(self):
        shutil.rmtree(self.cloud.path('backups'))
        found = self.check('--limit', '1', code=3)
        [item] = found['findings']
        self.assertEqual(1, len(item['items']))
        self.assertEqual(1, item['not_listed'])
        self.assertEqual(2, item['differences'])


class TestBackups(CheckTestCase):
    def test_count_and_its_repair(self):
        for number in (0, 2):
            self.cloud.execute(
                'UPDATE backups SET num_dependent_backups = ? WHERE id = ?',
                (number, self.full),
            )
            self.sync()
            self.assert_found({'children_miscounted': [self.full]})
            arguments = ('repair', '--counts', '--format', 'json')
            expected = [
                {
                    'id': self.full,
                    'project_id': 'admin',
                    'counted': number,
                    'expected': 1,
                }
            ]
            plan = json.loads(manage.manage(self.cloud, *arguments))
            self.assertEqual({'applied': False, 'backups': expected}, plan)
            done = json.loads(manage.manage(self.cloud, *arguments, '--apply'))
            self.assertEqual({'applied': True, 'backups': expected}, done)
            self.sync()
            self.assert_agrees()

    def test_parent_gone(self):
        self.cloud.execute(
            'UPDATE backups SET deleted = 1 WHERE id = ?', (self.full,)
        )
        self.sync()
        self.assert_found(
            {
                'parent_gone': [self.child],
                'data_unclaimed': [self.full],
            },
            '--only',
            'backups',
            '--only',
            'catalog',
            '--only',
            'repository',
        )

    def test_metadata(self):
        for backup_id in (self.child, self.full, self.full):
            self.cloud.execute(
                'INSERT INTO backup_metadata (backup_id, "key", value, '
                "deleted) VALUES (?, 'k', 'v', 0)",
                (backup_id,),
            )
        self.cloud.execute(
            'UPDATE backups SET deleted = 1 WHERE id = ?', (self.child,)
        )
        self.cloud.execute('UPDATE backups SET num_dependent_backups = 0')
        self.assert_found(
            {
                'metadata_orphaned': [self.child],
                'metadata_doubled': [self.full],
            },
            '--only',
            'backups',
        )

    def test_not_available(self):
        for status, code in (
            ('restoring', 'backup_moving'),
            ('error', 'backup_failed'),
        ):
            self.cloud.execute(
                'UPDATE backups SET status = ? WHERE id = ?',
                (status, self.child),
            )
            self.sync()
            self.assert_found({}, moving={code: [self.child]})

    def test_import_left_behind(self):
        backup_id = str(uuid.uuid4())
        self.cloud.execute(
            'INSERT INTO backups (id, volume_id, project_id, status, deleted, '
            "created_at) VALUES (?, ?, 'admin', 'creating', 0, ?)",
            (
                backup_id,
                '00000000-0000-0000-0000-000000000000',
                '2020-01-01 00:00:00',
            ),
        )
        self.assert_found(
            {'import_left_behind': [backup_id]}, '--only', 'backups'
        )


class TestCatalog(CheckTestCase):
    def _assert_behind(self, *ids):
        self.assert_found({'catalog_behind': ids})
        self.sync()
        self.assert_agrees()

    def test_behind(self):
        # So long ago that the catalog should have followed by itself.
        self.cloud.execute(
            "UPDATE backups SET updated_at = '2026-01-01 00:00:00'"
        )
        self.sync()
        self.cloud.execute(
            "UPDATE backups SET display_name = 'new' WHERE id = ?",
            (self.full,),
        )
        self._assert_behind(self.full)
        self.cloud.execute(
            'INSERT INTO backup_metadata (backup_id, "key", value, deleted) '
            "VALUES (?, 'k', 'v', 0)",
            (self.child,),
        )
        self._assert_behind(self.child)

    def test_lost(self):
        self.forget(self.child)
        self.cloud.execute(
            "UPDATE quota_usages SET in_use = 1 WHERE resource LIKE 'backup%'"
        )
        self.cloud.execute('UPDATE backups SET num_dependent_backups = 0')
        found = self.assert_found(
            {'backup_lost': [self.child], 'catalog_behind': [self.full]}
        )
        self.assertIn('recover', found['findings'][1]['advice'])
        manage.manage(self.cloud, 'recover')
        self.sync()
        self.assert_agrees()

    def test_catalog_that_is_gone(self):
        path = self.cloud.path('cinder_backup_meta.sqlite')
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute('DROP TABLE backup_records')
        found = self.check(code=1)
        # What no backup claims may be claimed by the catalog.
        self.assertEqual(
            ['catalog', 'repository'], list(found['not_compared'])
        )
        self.assertEqual('unknown', found['verdict'])


class TestQuota(CheckTestCase):
    def _charge(self, resource, number):
        self.cloud.execute(
            'UPDATE quota_usages SET in_use = ? WHERE resource = ?',
            (number, resource),
        )

    def _sync(self):
        release = importlib.metadata.version('cinder')
        if int(release.partition('.')[0]) < 27:
            self.skipTest('quota sync of this Cinder does not write')
        program = os.path.join(
            os.path.dirname(sys.executable), 'cinder-manage'
        )
        subprocess.run(
            [
                program,
                '--config-file',
                self.cloud.path('cinder.conf'),
                'quota',
                'sync',
                '--project-id',
                'admin',
            ],
            check=True,
            capture_output=True,
            timeout=manage.TIMEOUT,
        )

    def test_miscounted(self):
        for resource in ('backups', 'backup_gigabytes'):
            for number in (1, 3):
                self._charge(resource, number)
                self.assert_found({'quota_miscounted': ['admin']})
                self._sync()
                self.assert_agrees()

    def test_uncharged(self):
        self.cloud.execute(
            "DELETE FROM quota_usages WHERE resource LIKE 'backup%'"
        )
        self.assert_found({'quota_uncharged': ['admin', 'admin']})
        manage.manage(self.cloud, 'recover')
        self.assert_agrees()

    def test_doubled(self):
        self.cloud.execute(
            'INSERT INTO quota_usages (project_id, resource, in_use, '
            "reserved, deleted, race_preventer) VALUES ('admin', 'backups', "
            '2, 0, 0, NULL)'
        )
        self.assert_found({'quota_doubled': ['admin']})
        self._sync()
        self.assert_agrees()

    def test_reserved(self):
        self.cloud.execute(
            "UPDATE quota_usages SET reserved = 1 WHERE resource = 'backups'"
        )
        self.assert_found({'reserved_miscounted': ['admin']})
        self._sync()
        self.assert_agrees()

    def test_reservation(self):
        [usage] = self.cloud.select(
            "SELECT id FROM quota_usages WHERE resource = 'backups'"
        )
        self.cloud.execute(
            'INSERT INTO reservations (uuid, usage_id, project_id, resource, '
            "delta, expire, created_at, deleted) VALUES ('x', ?, 'admin', "
            "'backups', -1, '2099-01-01', '2020-01-01', 0)",
            (usage['id'],),
        )
        self._charge('backups', 3)
        self.assert_found(
            {
                'reservation_left': ['admin'],
                'quota_miscounted': ['admin'],
            }
        )
        # As it is while Cinder deletes a backup.
        self.cloud.execute(
            "UPDATE reservations SET created_at = datetime('now')"
        )
        self.assert_found({}, moving={'quota_miscounted': ['admin']})


class TestRepository(CheckTestCase):
    def _objects(self, backup_id):
        return sorted(
            name for name in self.files('backups') if backup_id in name
        )

    def test_missing(self):
        for name in self._objects(self.child):
            if name.endswith('_metadata'):
                os.unlink(os.path.join(self.cloud.path('backups'), name))
        self.assert_found({'data_missing': [self.child]})

    def test_location(self):
        self.cloud.execute(
            "UPDATE backups SET container = '../x' WHERE id = ?",
            (self.child,),
        )
        self.assert_found(
            {'location_invalid': [self.child], 'data_unclaimed': [self.child]},
            '--only',
            'repository',
        )

    def test_other_driver(self):
        service = 'cinder.backup.drivers.nfs.NFSBackupDriver'
        self.cloud.execute(
            'UPDATE backups SET service = ? WHERE id = ?',
            (service, self.child),
        )
        self.assert_found(
            {}, '--only', 'repository', moving={'driver_other': [self.child]}
        )

    def test_unclaimed(self):
        """Of a backup that nobody knows, and one that is deleted."""
        names = self._objects(self.full)
        string = self.export(self.full)[1]
        stranger = str(uuid.uuid4())
        prefix = codec.decode(string)['service_metadata']
        for name in names:
            copy = name.replace(
                prefix, samples.posix_prefix(self.volume_id, stranger)
            )
            shutil.copy(
                os.path.join(self.cloud.path('backups'), name),
                os.path.join(self.cloud.path('backups'), copy),
            )
        kept = self.files('backups')
        self.assert_found({'data_unclaimed': [stranger]})
        child = self._objects(self.child)
        place = self.cloud.path('backups')
        for name in child:
            shutil.copy(
                os.path.join(place, name),
                self.cloud.path('aside-' + name[-9:]),
            )
        self.delete(self.child)
        self.sync()
        for name in child:
            shutil.move(
                self.cloud.path('aside-' + name[-9:]),
                os.path.join(place, name),
            )
        self.assertEqual(kept, self.files('backups'))
        self.assert_found({'data_unclaimed': [stranger, self.child]})

    def test_lost_is_not_unclaimed(self):
        self.forget(self.child)
        self.assert_found({}, '--only', 'repository')
