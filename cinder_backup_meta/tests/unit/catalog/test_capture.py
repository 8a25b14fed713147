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

import hashlib
from unittest import mock

from oslo_db import exception as db_exception

from cinder_backup_meta.catalog import capture
from cinder_backup_meta.catalog import records
from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import limits
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit import rows


class CaptureTestCase(base.CatalogTestCase):
    def capture(self, *numbers):
        return capture.capture_ids(
            self.context,
            [rows.backup_id(number) for number in numbers],
            self.maker,
        )

    def record(self, number):
        return codec.decode(self.entries()[number]['record'])


class TestCapture(CaptureTestCase):
    def test_record_that_can_not_be_read(self):
        self.insert(1)
        self.insert(2, size=-5)
        with self.assertLogs(capture.LOG.logger, 'ERROR') as logged:
            self.assertEqual(2, self.capture(1, 2))
        [line] = logged.output
        for text in (rows.backup_id(2), 'project-1', 'size: must be from 0'):
            self.assertIn(text, line)
        self.assertEqual({1: 'current', 2: 'current'}, self.states())

    def test_new(self):
        self.insert(1, parent=0, display_name='Zürich', size=7)
        self.assertEqual(1, self.capture(1, 2))
        [entry] = self.entries().values()
        string = entry['record']
        self.assertEqual('Zürich', codec.decode(string)['display_name'])
        self.assertEqual(
            hashlib.sha256(string.encode()).hexdigest(), entry['digest']
        )
        for name, value in {
            'id': rows.backup_id(1),
            'state': 'current',
            'revision': 1,
            'version': 1,
            'project_id': 'project-1',
            'user_id': 'user-1',
            'volume_id': samples.VOLUME_ID,
            'parent_id': rows.backup_id(0),
            'name': 'Zürich',
            'service': samples.POSIX,
            'host': 'host-1',
            'availability_zone': 'nova',
            'size': 7,
            'object_count': 2,
            'encryption_key_id': None,
            'created_at': '2026-01-02 03:04:06.000000',
            'seen_updated_at': '2026-01-02 03:04:06.000000',
        }.items():
            self.assertEqual(value, entry[name], name)

    def test_record_is_the_one_that_an_export_gives(self):
        self.insert(1)
        rows.insert(self.context, metadata=[(rows.backup_id(1), 'a', 'b')])
        self.capture(1)
        self.assertEqual({'a': 'b'}, self.record(1)['metadata'])
        self.assertEqual('available', self.record(1)['status'])

    def test_again_changes_nothing(self):
        self.insert(1)
        self.capture(1)
        before = self.entries()
        self.assertEqual(0, self.capture(1))
        self.assertEqual(before, self.entries())

    def test_changed(self):
        self.insert(1)
        self.capture(1)
        before = self.entries()[1]
        self.change(1, display_name='other', project_id='project-2')
        self.assertEqual(1, self.capture(1))
        after = self.entries()[1]
        self.assertEqual('other', after['name'])
        self.assertEqual('project-2', after['project_id'])
        self.assertEqual('other', self.record(1)['display_name'])
        self.assertEqual(2, after['revision'])
        self.assertLess(before['captured_at'], after['captured_at'])
        self.assertEqual(before['state_changed_at'], after['state_changed_at'])

    def test_two_changes_within_one_second(self):
        # MariaDB keeps the times of Cinder's rows in whole seconds.
        self.insert(1)
        for name in ('one', 'two'):
            self.change(1, display_name=name)
            self.capture(1)
        self.assertEqual('two', self.record(1)['display_name'])
        self.assertEqual(2, self.entries()[1]['revision'])

    def test_change_of_metadata_alone(self):
        self.insert(1)
        self.capture(1)
        rows.insert(self.context, metadata=[(rows.backup_id(1), 'a', 'b')])
        self.assertEqual(1, self.capture(1))
        self.assertEqual({'a': 'b'}, self.record(1)['metadata'])

    def test_change_that_no_record_tells_of(self):
        # A record has whole seconds.
        self.insert(1)
        self.capture(1)
        seen = rows.backup(1)['updated_at'].replace(microsecond=7)
        self.change(1, updated_at=seen)
        self.assertEqual(1, self.capture(1))
        after = self.entries()[1]
        self.assertEqual(1, after['revision'])
        self.assertEqual(
            '2026-01-02 03:04:06.000007', after['seen_updated_at']
        )
        self.assertEqual(0, self.capture(1))

    def test_only_what_is_whole(self):
        for number, status in enumerate(
            ('available', 'restoring', 'creating', 'error', 'deleting', None)
        ):
            self.insert(number, status=status)
        self.capture(*range(6))
        self.assertEqual({0, 1}, set(self.entries()))
        self.assertEqual('available', self.record(1)['status'])

    def test_entry_of_what_is_no_longer_whole_stays(self):
        self.insert(1)
        self.capture(1)
        before = self.entries()
        for status in ('deleting', 'error', 'error_deleting'):
            self.change(1, status=status)
            self.assertEqual(0, self.capture(1))
        self.assertEqual(before, self.entries())

    def test_more_than_a_page(self):
        self.useFixture(base.page_of(3))
        self.insert(*range(8))
        self.assertEqual(8, self.capture(*range(8)))
        self.assertEqual(set(range(8)), set(self.entries()))

    def test_nothing_to_capture(self):
        self.assertEqual(0, self.capture())


class TestStates(CaptureTestCase):
    def setUp(self):
        super().setUp()
        self.insert(1)
        self.capture(1)
        self.before = self.entries()[1]

    def _assert_state(self, state):
        after = self.entries()[1]
        self.assertEqual(state, after['state'])
        self.assertEqual(self.before['record'], after['record'])
        self.assertEqual(
            self.before['state'] == state,
            self.before['state_changed_at'] == after['state_changed_at'],
        )
        self.before = after

    def test_lost(self):
        self.lose(1)
        self.assertEqual(1, self.capture(1))
        self._assert_state('missing')
        self.assertEqual(0, self.capture(1))

    def test_deleted(self):
        self.soft_delete(1)
        self.assertEqual(1, self.capture(1))
        self._assert_state('deleted')
        self.assertEqual(0, self.capture(1))

    def test_deleted_and_purged_by_cinder(self):
        self.soft_delete(1)
        self.capture(1)
        self._assert_state('deleted')
        self.lose(1)
        self.assertEqual(0, self.capture(1))
        self._assert_state('deleted')

    def test_deleted_before_it_was_captured(self):
        self.insert(2)
        self.soft_delete(2)
        self.assertEqual(0, self.capture(2))
        self.assertEqual({1}, set(self.entries()))

    def test_lost_and_found(self):
        self.lose(1)
        self.capture(1)
        self._assert_state('missing')
        self.insert(1)
        self.assertEqual(1, self.capture(1))
        self._assert_state('current')

    def test_lost_and_found_in_another_status(self):
        self.lose(1)
        self.capture(1)
        self._assert_state('missing')
        self.insert(1, status='error')
        self.assertEqual(1, self.capture(1))
        self._assert_state('current')

    def test_revived(self):
        self.soft_delete(1)
        self.capture(1)
        self._assert_state('deleted')
        # Stock Cinder's import takes the soft-deleted row again.
        self.change(1, status='creating', deleted=False, deleted_at=None)
        self.assertEqual(0, self.capture(1))
        self._assert_state('deleted')
        self.change(1, status='available', display_name='again')
        self.assertEqual(1, self.capture(1))
        after = self.entries()[1]
        self.assertEqual(('current', 2), (after['state'], after['revision']))
        self.assertEqual('again', after['name'])


class TestRaces(CaptureTestCase):
    """Somebody else captures between our reading and our writing."""

    def setUp(self):
        super().setUp()
        self.insert(1, 2)

    def _meanwhile(self, action):
        """Call something once Cinder's rows are read for the first time."""
        read = capture._read
        calls = []

        def read_slowly(*args):
            found = read(*args)
            calls.append(args)
            if len(calls) == 1:
                action()
            return found

        self.useFixture(base.patch(capture, '_read', read_slowly))
        return calls

    def _change_and_capture(self):
        self.change(1, display_name='newer')
        self.capture(1)

    def test_older_row_does_not_overwrite_a_newer_one(self):
        self.capture(1, 2)
        self.change(1, display_name='older')
        self.change(2, display_name='older')
        calls = self._meanwhile(self._change_and_capture)
        self.capture(1, 2)
        self.assertEqual(
            ['newer', 'older'],
            [self.record(number)['display_name'] for number in (1, 2)],
        )
        # Ours, that in between, and ours again.
        self.assertEqual(3, len(calls))

    def test_same_with_a_clock_that_is_behind(self):
        self.capture(1)
        self.change(1, display_name='older')

        def change():
            self.change(1, display_name='newer', updated_at=rows.T0)
            self.capture(1)

        self._meanwhile(change)
        self.capture(1)
        self.assertEqual('newer', self.record(1)['display_name'])

    def test_both_insert(self):
        self._meanwhile(self._change_and_capture)
        self.capture(1, 2)
        self.assertEqual({1: 'current', 2: 'current'}, self.states())
        self.assertEqual('newer', self.record(1)['display_name'])

    def test_deleted_meanwhile(self):
        self.capture(1)
        self.change(1, display_name='older')

        def delete():
            self.soft_delete(1)
            self.capture(1)

        self._meanwhile(delete)
        self.capture(1)
        self.assertEqual('deleted', self.states()[1])

    def test_two_at_once(self):
        numbers = range(200)
        self.insert(*range(3, 203))
        base.at_once(
            lambda: capture.capture_ids(
                base.new_context(),
                [rows.backup_id(number + 3) for number in numbers],
                self.maker,
            )
        )
        self.assertEqual(
            {number + 3: 'current' for number in numbers}, self.states()
        )


class TestRefusedValues(CaptureTestCase):
    """What the database of the catalog does not take."""

    def _refuse(self, refused):
        """Let values be refused as by a database of another kind."""
        insert = entries.insert

        def insert_strictly(context, values):
            if any(map(refused, values)):
                raise db_exception.DBDataError()
            insert(context, values)

        self.useFixture(base.patch(entries, 'insert', insert_strictly))

    def test_characters_are_escaped_beside_the_record_only(self):
        self.insert(1, display_name='\U0001f600 Zürich')
        self.insert(2)
        self._refuse(lambda values: '\U0001f600' in values['name'])
        self.assertEqual(2, self.capture(1, 2))
        self.assertEqual('\\U0001f600 Zürich', self.entries()[1]['name'])
        self.assertEqual('\U0001f600 Zürich', self.record(1)['display_name'])

    def test_one_that_is_refused_does_not_stop_the_others(self):
        self.insert(1, 2, 3)
        self._refuse(lambda values: values['id'] == rows.backup_id(2))
        with self.assertLogs(capture.LOG.logger, 'ERROR') as logged:
            self.assertEqual(2, self.capture(1, 2, 3))
        self.assertEqual({1, 3}, set(self.entries()))
        [line] = logged.output
        self.assertIn(rows.backup_id(2), line)

    def test_surrogates(self):
        # SQLite's own driver refuses these.
        values = records.storable({'name': 'a\ud800b\x00', 'size': 1})
        self.assertEqual({'name': 'a\\ud800b\\x00', 'size': 1}, values)

    def test_other_errors_are_raised(self):
        self.insert(1)
        failing = mock.Mock(side_effect=db_exception.DBConnectionError)
        self.useFixture(base.patch(entries, 'insert', failing))
        self.assertRaises(db_exception.DBConnectionError, self.capture, 1)
        self.assertEqual(1, failing.call_count)


class TestDrivers(CaptureTestCase):
    def setUp(self):
        super().setUp()
        self.made = []

    def _driver(self, info=None, error=None):
        made = self.made

        class Driver:
            def __init__(self, context):
                made.append(context)
                if error:
                    raise error

            def export_record(self, backup):
                return {'of': backup.id, **info}

        return Driver

    def _maker(self, driver_class):
        return records.Maker(fixed.of_class(driver_class, 'vendor.Driver'))

    def test_driver_that_adds_nothing_is_not_made(self):
        # The class is that of posix, which can't be made without a folder.
        self.insert(1)
        self.assertEqual(1, self.capture(1))
        self.assertEqual({}, self.record(1)['driver_info'])

    def test_driver_that_adds_something(self):
        self.maker = self._maker(self._driver({'a': 1}))
        self.insert(1, service='vendor.Driver')
        self.insert(2, service=None)
        self.insert(3, service=samples.POSIX)
        self.capture(1, 2, 3)
        self.assertEqual(
            [
                {'of': rows.backup_id(1), 'a': 1},
                {'of': rows.backup_id(2), 'a': 1},
                {},
            ],
            [self.record(number)['driver_info'] for number in (1, 2, 3)],
        )
        self.assertEqual(1, len(self.made))

    def test_driver_of_another_host(self):
        self.insert(1, service='vendor.Driver')
        self.assertEqual(0, self.capture(1))

    def test_driver_that_can_not_be_made(self):
        broken = self._driver(error=RuntimeError('no storage'))
        self.maker = self._maker(broken)
        self.insert(1, service='vendor.Driver')
        self.insert(2, service=samples.POSIX)
        with self.assertLogs(records.LOG.logger, 'ERROR') as logged:
            self.assertEqual(1, self.capture(1, 2))
        self.assertIn('no storage', logged.output[0])
        self.assertEqual({2}, set(self.entries()))

    def test_record_that_is_too_long(self):
        long = self._driver({'a': 'x' * limits.MAX_RECORD_LENGTH})
        self.maker = self._maker(long)
        self.insert(1, service='vendor.Driver')
        with self.assertLogs(records.LOG.logger, 'WARNING') as logged:
            self.assertEqual(0, self.capture(1))
        self.assertIn(rows.backup_id(1), logged.output[0])
