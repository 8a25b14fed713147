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

"""The catalog beside a Cinder at work."""

import json
import os
import time

from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane
from cinder_backup_meta.tests.functional import database
from cinder_backup_meta.tests.functional import manage

_FAST = {'periodic_interval': 1, 'periodic_fuzzy_delay': 0}

#: Longer than a test takes.
_NEVER = 3600

_DOWN = 'The records of backups cannot be captured'
_UP = 'The records of backups are captured again'


def _settings(**options):
    return {'config': {'DEFAULT': _FAST, 'backup_meta_catalog': options}}


class CatalogTestCase(base.RecordsTestCase):
    @property
    def path(self):
        return self.cloud.path('cinder_backup_meta.sqlite')

    def entries(self):
        """Return the rows of the catalog by the id of the backup."""
        rows = database.Database(self.path).rows('backup_records')
        return {row['id']: row for row in rows}

    def entry(self, backup_id):
        return self.entries().get(backup_id)

    def state(self, backup_id):
        return (self.entry(backup_id) or {}).get('state')

    def record(self, backup_id):
        return codec.decode(self.entry(backup_id)['record'])

    def status(self):
        output = manage.manage(
            self.cloud, 'catalog', 'status', '--format', 'json'
        )
        return json.loads(output)

    def make_backup(self, **values):
        return self.cloud.backup(self.cloud.create_volume(), **values)

    def assert_level(self):
        self.assert_soon(0, lambda: self.status()['behind'])

    def log_lines(self, text):
        return [
            line for line in self.cloud.log_text().splitlines() if text in line
        ]


class TestEvents(CatalogTestCase):
    """What cinder-backup does itself is captured without any pass."""

    settings = _settings(capture_interval=_NEVER, comparison_interval=_NEVER)

    def setUp(self):
        super().setUp()
        self.backup_id = self.make_backup()
        self.assert_soon('current', lambda: self.state(self.backup_id))

    def test_record_is_the_one_that_is_exported(self):
        _service, record = self.export(self.backup_id)
        self.assert_soon(record, lambda: self.entry(self.backup_id)['record'])

    def test_deleted(self):
        record = self.record(self.backup_id)
        self.delete(self.backup_id)
        self.assert_soon('deleted', lambda: self.state(self.backup_id))
        self.assertEqual(record, self.record(self.backup_id))

    def test_restored(self):
        before = self.entry(self.backup_id)
        self.restore(self.backup_id)
        self.assert_soon('available', self._status_of_backup)
        self.assert_soon(
            self.backup_row(self.backup_id)['updated_at'][:19],
            lambda: self.entry(self.backup_id)['seen_updated_at'][:19],
        )
        after = self.entry(self.backup_id)
        self.assertLess(before['revision'], after['revision'])
        self.assertEqual('current', after['state'])

    def _status_of_backup(self):
        return self.backup_row(self.backup_id)['status']

    def test_incremental(self):
        volume_id = self.record(self.backup_id)['volume_id']
        child_id = self.cloud.backup(volume_id, incremental=True)
        self.assert_soon('current', lambda: self.state(child_id))
        self.assertEqual(self.backup_id, self.entry(child_id)['parent_id'])
        # The row of the parent has changed with it.
        self.assert_soon(1, self._number_of_children)
        self.delete(child_id)
        self.assert_soon(0, self._number_of_children)

    def _number_of_children(self):
        return self.record(self.backup_id)['num_dependent_backups']

    def test_imported(self):
        exported = self.export(self.backup_id)
        self.forget(self.backup_id)
        database.Database(self.path).execute(
            'DELETE FROM backup_records WHERE id = ?', (self.backup_id,)
        )
        self.import_(exported)
        self.assert_soon('current', lambda: self.state(self.backup_id))

    def test_failed_backup_is_not_captured(self):
        volume_id = self.cloud.create_volume()
        os.unlink(self.cloud.volume_path(volume_id))
        backup_id = self.cloud.client().backups.create(volume_id).id
        self.assert_soon('error', lambda: self.backup_row(backup_id)['status'])
        self.assertIsNone(self.entry(backup_id))


class TestPasses(CatalogTestCase):
    """What others do is captured by passes."""

    settings = _settings(capture_interval=1, comparison_interval=_NEVER)

    def test_name_and_metadata_that_the_api_writes(self):
        backup_id = self.make_backup()
        self.cloud.client().backups.update(
            backup_id, name='other', metadata={'tier': 'gold'}
        )
        self.assert_soon('other', lambda: self.entry(backup_id)['name'])
        self.assertEqual({'tier': 'gold'}, self.record(backup_id)['metadata'])
        self.assert_level()


class TestLoss(CatalogTestCase):
    """Cinder's database is lost; the catalog is not."""

    settings = _settings(capture_interval=1, comparison_interval=_NEVER)

    def test_records_stay_and_bring_the_backups_back(self):
        backup_ids = [self.make_backup(), self.make_backup()]
        self.assert_level()
        before = self.entries()
        self.cloud.restart(lose_database=True)
        self.assert_soon(
            {'missing'},
            lambda: {self.state(backup_id) for backup_id in backup_ids},
        )
        for backup_id in backup_ids:
            self.assertEqual(
                before[backup_id]['record'], self.entry(backup_id)['record']
            )
        self.assert_created(self.post_record(before[backup_ids[0]]['record']))
        self.assert_soon('current', lambda: self.state(backup_ids[0]))
        self.restore(backup_ids[0])
        self.assertEqual('missing', self.state(backup_ids[1]))


class TestOutage(CatalogTestCase):
    settings = _settings(capture_interval=1, comparison_interval=_NEVER)

    def _break(self):
        with open(self.path, 'rb') as stream:
            saved = stream.read()
        with open(self.path, 'wb') as stream:
            stream.write(b'this is no database' * 1000)
        return saved

    def _mend(self, saved):
        with open(self.path, 'wb') as stream:
            stream.write(saved)

    def test_backups_go_on_and_are_caught_up_with(self):
        before = self.make_backup()
        self.assert_level()
        saved = self._break()
        during = [self.make_backup(), self.make_backup()]
        self.restore(before)
        # Several passes more.
        time.sleep(5)
        self.assertEqual(1, len(self.log_lines(_DOWN)))
        self.assertEqual([], self.log_lines(_UP))
        self._mend(saved)
        self.assert_soon(1, lambda: len(self.log_lines(_UP)))
        for backup_id in during:
            self.assertEqual('current', self.state(backup_id))
        self.assert_level()
        self.assertEqual(1, len(self.log_lines(_DOWN)))
        after = self.make_backup()
        self.assert_soon('current', lambda: self.state(after))


class TestHosts(CatalogTestCase):
    """Two cinder-backup share the work."""

    settings = _settings(capture_interval=1, comparison_interval=_NEVER) | {
        'backup_hosts': ('one', 'two')
    }

    def test_each_is_captured_once(self):
        backup_ids = [self.make_backup() for _time in range(4)]
        self.assert_level()
        self.assertEqual(set(backup_ids), set(self.entries()))
        for backup_id in backup_ids:
            self.assertEqual(1, self.entry(backup_id)['revision'])
        [mark] = database.Database(self.path).rows('capture_marks')
        self.assertIsNotNone(mark['last_comparison_at'])


class TestOldCloud(CatalogTestCase):
    """The plugin comes to a cloud that has backups."""

    def test_all_is_captured_at_the_first_start(self):
        backup_id = self.make_backup()
        manage.manage(self.cloud, 'catalog', 'status')
        state_dir = self.cloud.state_dir
        self.cloud.stop()
        os.unlink(self.path)
        cloud = self.useFixture(
            control_plane.ControlPlane(
                state_dir=state_dir, config=self.settings['config']
            )
        )
        self.assert_soon(0, lambda: self._behind(cloud))
        self.assertEqual({backup_id}, set(self.entries()))

    def _behind(self, cloud):
        output = manage.manage(cloud, 'catalog', 'status', '--format', 'json')
        return json.loads(output)['behind']

    settings = _settings(capture_interval=_NEVER, comparison_interval=_NEVER)
