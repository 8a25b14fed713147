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

from castellan.common import exception as castellan_exception
from cinder.keymgr import conf_key_mgr
from cinder import objects as cinder_objects

from cinder_backup_meta.importer import entries
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta import objects
from cinder_backup_meta.record import codec
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit.importer import base


class Manager(conf_key_mgr.ConfKeyManager):
    """Fails for the keys that it is told to fail for.

    :cvar bad: ends of the ids of these keys
    :cvar missing: the same of keys that are not there
    :cvar asked: ids of the keys that it was asked for
    :cvar made: number of managers that were made
    """

    bad = ()
    missing = ()
    asked = []
    made = 0

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        type(self).made += 1

    def get(self, context, managed_object_id):
        self.asked.append(managed_object_id)
        if managed_object_id.endswith(self.bad):
            raise castellan_exception.KeyManagerError(reason='down')
        if managed_object_id.endswith(self.missing):
            raise KeyError
        return None


def key_id(number):
    return f'00000000-0000-0000-0000-{number:012}'


class TestKeys(base.PageTestCase):
    def _use(self, manager):
        name = f'{manager.__module__}.{manager.__name__}'
        self.config.config(backend=name, group='key_manager')

    def _manage(self, **values):
        values = {'asked': [], 'made': 0} | values
        for name, value in values.items():
            self.patch(Manager, name, value)
        self._use(Manager)

    def _strings(self, number):
        return [
            base.string(place, encryption_key_id=key_id(place))
            for place in range(number)
        ]

    def test_some_that_are_not_here(self):
        # Cinder's own manager for tests has this one key.
        self._use(conf_key_mgr.ConfKeyManager)
        self.config.config(fixed_key='1' * 64, group='key_manager')
        strings = [
            base.string(1, encryption_key_id=key_id(0)),
            base.string(2, encryption_key_id=samples.PARENT_ID),
            base.string(3),
            base.string(4, encryption_key_id=samples.PARENT_ID),
        ]
        items = self.assertResults(
            ['created', 'key_missing', 'created', 'key_missing'], strings
        )
        self.assertIn(samples.PARENT_ID, items[1]['detail'])
        self.assertResults(
            ['unchanged', 'created', 'unchanged', 'created'],
            strings,
            allow_missing_key=True,
        )

    def test_each_is_asked_for_once_by_one_manager(self):
        self._manage()
        self.limit()
        strings = self._strings(100)
        strings.append(base.string(100, encryption_key_id=key_id(7)))
        self.assertResults(['created'] * 101, strings)
        self.assertEqual(
            [key_id(number) for number in range(100)], sorted(Manager.asked)
        )
        self.assertEqual(1, Manager.made)

    def test_some_that_the_manager_does_not_tell_of(self):
        self._manage(bad=('3', '4'), missing=('5', '8'))
        self.limit()
        self.assertResults(
            [
                {
                    3: 'key_manager_failed',
                    4: 'key_manager_failed',
                    5: 'key_missing',
                    8: 'key_missing',
                }.get(number % 10, 'created')
                for number in range(100)
            ],
            self._strings(100),
        )
        self.assertEqual(100, len(Manager.asked))

    def test_manager_that_is_down_is_left_alone_soon(self):
        self._manage(bad=('',))
        items = self.assertUnchanged(
            ['key_manager_failed'] * 100, self._strings(100)
        )
        self.assertLess(len(Manager.asked), 30)
        self.assertIn('KeyManagerError', items[0]['detail'])
        self.assertIn(key_id(99), items[99]['detail'])


class TestHolders(base.PageTestCase):
    """Keys that belong to something else, and would be deleted with it."""

    KEY_ID = 'b3a1f0c2-9d8e-4f7a-8b6c-5d4e3f2a1b0c'

    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.limit()

    def _import(self, results, *strings, **options):
        options.setdefault('allow_missing_key', True)
        check = self.assertUnchanged
        if 'created' in results:
            check = self.assertResults
        return check(results, list(strings), **options)

    def _make_volume(self, **values):
        volume = cinder_objects.Volume(
            self.context,
            size=1,
            project_id='project-2',
            user_id='user-2',
            **values,
        )
        volume.create()
        return volume

    def _hold_by_volume(self):
        self._make_volume(encryption_key_id=self.KEY_ID)

    def _hold_by_snapshot(self):
        snapshot = cinder_objects.Snapshot(
            self.context,
            volume_id=self._make_volume().id,
            volume_size=1,
            project_id='project-2',
            encryption_key_id=self.KEY_ID,
        )
        snapshot.create()

    def _hold_by_backup(self):
        self._import(
            ['created'], base.string(1, encryption_key_id=self.KEY_ID)
        )

    def _hold_by_lost_backup(self, state='missing', record=None):
        record = record or base.string(1, encryption_key_id=self.KEY_ID)
        values = codec.decode(record)
        self.catalog.execute(
            'INSERT INTO backup_records (id, version, record, digest, '
            'revision, captured_at, state, state_changed_at, volume_id, '
            f"encryption_key_id, created_at) VALUES ('{values['id']}', 1, "
            f"'{record}', 'x', 1, '2026-01-02', '{state}', '2026-01-02', "
            f"'{values['volume_id']}', '{values['encryption_key_id']}', "
            "'2026-01-02')"
        )

    def test_key_of_something_else(self):
        for hold in (
            self._hold_by_volume,
            self._hold_by_snapshot,
            self._hold_by_backup,
            self._hold_by_lost_backup,
            # Lost, and the catalog has not noticed yet.
            lambda: self._hold_by_lost_backup('current'),
        ):
            self.reset()
            self.catalog.execute('DELETE FROM backup_records')
            hold()
            for dry_run in (True, False):
                [item] = self._import(
                    ['key_in_use'],
                    base.string(2, encryption_key_id=self.KEY_ID),
                    dry_run=dry_run,
                )
                self.assertIn(self.KEY_ID, item['detail'])
                # What it belongs to may be nobody's business.
                self.assertNotIn(base.backup_id(1), item['detail'])

    def test_key_of_something_that_is_gone(self):
        for hold, table in (
            (self._hold_by_volume, 'volumes'),
            (self._hold_by_snapshot, 'snapshots'),
            (self._hold_by_backup, 'backups'),
        ):
            self.reset()
            hold()
            self.execute(f'UPDATE {table} SET deleted = 1')
            self._import(
                ['created'], base.string(2, encryption_key_id=self.KEY_ID)
            )
        self._hold_by_lost_backup('deleted')
        self.reset()
        self._import(
            ['created'], base.string(2, encryption_key_id=self.KEY_ID)
        )

    def test_other_forms_of_an_id(self):
        # A key manager and a database may take each for the same key.
        for key in (self.KEY_ID.replace('-', ''), self.KEY_ID.upper()):
            self.reset()
            self._make_volume(encryption_key_id=key)
            self._import(
                ['key_in_use'], base.string(2, encryption_key_id=self.KEY_ID)
            )

    def test_fixed_key_is_that_of_all(self):
        fixed = '00000000-0000-0000-0000-000000000000'
        self._make_volume(encryption_key_id=fixed)
        self._import(
            ['created', 'created'],
            base.string(1, encryption_key_id=fixed),
            base.string(2, encryption_key_id=fixed),
        )

    def _copy(self, string):
        values = codec.decode(string) | {'id': base.backup_id(2)}
        return codec.encode(values)

    def _import_copy(self, string):
        record = objects.BackupRecord.from_string(self.context, string, 0)
        return pipeline.import_record(
            self.context,
            record,
            samples.POSIX,
            objects.BackupRecordOptions.with_defaults(
                self.context, allow_missing_key=True
            ),
            base.host(base.Driver(), base.Repository()),
        )

    def test_copy_has_the_key_of_its_source(self):
        source = base.string(1, encryption_key_id=self.KEY_ID)
        for hold in (
            self._hold_by_backup,
            self._hold_by_lost_backup,
        ):
            self.reset()
            hold()
            self._import_copy(self._copy(source))
            self.assertEqual(self.KEY_ID, self.row(2)['encryption_key_id'])

    def test_own_record_of_a_lost_backup(self):
        self._hold_by_lost_backup()
        self._hold_by_backup()

    def test_catalog_does_not_answer(self):
        self.catalog.break_()
        self._import(
            ['catalog_unavailable', 'created'],
            base.string(1, encryption_key_id=self.KEY_ID),
            base.string(2),
        )

    def test_catalog_brings_back_what_was(self):
        # The backup was in Cinder with the key of another, and is not lost
        # for that: its deletion leaves the key alone.
        self._hold_by_volume()
        outcome = pipeline.import_page(
            self.context,
            entries.of_strings(
                [base.string(1, encryption_key_id=self.KEY_ID)]
            ),
            objects.BackupRecordBatchOptions.with_defaults(
                self.context, allow_missing_key=True
            ),
            base.host(base.Driver(), base.Repository()),
            pipeline.CATALOG,
        )
        self.assertEqual(['created'], base.results(outcome))
