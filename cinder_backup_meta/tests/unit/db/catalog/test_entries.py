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

from oslo_db import exception as db_exception

from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit import rows

NOW = datetime.datetime(2026, 6, 1, 12, 0, 0, 123456)
DAY = datetime.timedelta(days=1)


def entry(number, **values):
    """Return the columns of an entry."""
    return {
        'id': rows.backup_id(number),
        'record': 'e30=',
        'digest': '0' * 64,
        'revision': 1,
        'captured_at': NOW,
        'seen_updated_at': None,
        'state': 'current',
        'state_changed_at': NOW,
        'volume_id': samples.VOLUME_ID,
        'created_at': NOW,
    } | values


class TestEntries(base.TestCase):
    def setUp(self):
        super().setUp()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())

    def write(self, function, *args):
        with session.writer(self.context):
            return function(self.context, *args)

    def read(self, function, *args):
        with session.reader(self.context):
            return function(self.context, *args)

    def standing(self, *numbers):
        found = self.read(
            entries.standing, [rows.backup_id(number) for number in numbers]
        )
        return [found[backup_id] for backup_id in sorted(found)]

    def _change(self, number, version, **values):
        return {
            'id': rows.backup_id(number),
            'version': version,
            **values,
        }

    def test_insert(self):
        self.write(entries.insert, [entry(1), entry(2, seen_updated_at=NOW)])
        first, second = self.standing(1, 2, 3)
        self.assertEqual((1, None), (first.version, first.seen_updated_at))
        # Not rounded.
        self.assertEqual(NOW, second.seen_updated_at)

    def test_insert_what_is_there(self):
        self.write(entries.insert, [entry(1)])
        self.assertRaises(
            db_exception.DBDuplicateEntry,
            self.write,
            entries.insert,
            [entry(2), entry(1)],
        )
        self.assertEqual(1, len(self.standing(1, 2)))

    def test_update(self):
        self.write(entries.insert, [entry(1), entry(2), entry(3)])
        changes = [self._change(n, 1, state='missing') for n in (1, 3)]
        self.assertTrue(self.write(entries.update, changes))
        self.assertEqual(
            [('missing', 2), ('current', 1), ('missing', 2)],
            [(row.state, row.version) for row in self.standing(1, 2, 3)],
        )

    def test_update_to_the_same(self):
        # MySQL counts what it has changed, if it is not told otherwise.
        self.write(entries.insert, [entry(1)])
        change = self._change(1, 1, state='current')
        self.assertTrue(self.write(entries.update, [change]))

    def test_update_of_another_version(self):
        self.write(entries.insert, [entry(1), entry(2)])
        self.write(entries.update, [self._change(2, 1, state='missing')])
        changes = [self._change(n, 1, state='deleted') for n in (1, 2)]
        self.assertFalse(self.write(entries.update, changes))
        self.assertEqual('missing', self.standing(2)[0].state)

    def test_update_of_what_is_gone(self):
        change = self._change(1, 1, state='missing')
        self.assertFalse(self.write(entries.update, [change]))

    def test_update_of_some_differently(self):
        self.write(entries.insert, [entry(1), entry(2), entry(3)])
        changes = [
            self._change(1, 1, state='missing'),
            self._change(2, 1, seen_updated_at=NOW),
            self._change(3, 1, state='missing', seen_updated_at=NOW),
        ]
        self.assertTrue(self.write(entries.update, changes))
        self.assertEqual(
            [('missing', None), ('current', NOW), ('missing', NOW)],
            [
                (row.state, row.seen_updated_at)
                for row in self.standing(1, 2, 3)
            ],
        )

    def test_replace(self):
        self.write(entries.insert, [entry(1), entry(2), entry(3)])
        self.write(entries.update, [self._change(3, 1, state='missing')])
        changes = [
            entry(1, version=1, digest='1' * 64),
            entry(3, version=2, digest='3' * 64, state='current'),
        ]
        self.assertTrue(self.write(entries.replace, changes))
        self.assertEqual(
            [('1' * 64, 2), ('0' * 64, 1), ('3' * 64, 3)],
            [(row.digest, row.version) for row in self.standing(1, 2, 3)],
        )

    def test_replace_another_version(self):
        self.write(entries.insert, [entry(1), entry(2)])
        self.write(entries.update, [self._change(2, 1, state='missing')])
        before = self.standing(1, 2)
        with session.writer(self.context):
            changes = [entry(n, version=1, digest='1' * 64) for n in (1, 2)]
            self.assertFalse(entries.replace(self.context, changes))
            self.context.session.rollback()
        self.assertEqual(before, self.standing(1, 2))

    def test_nothing_to_do(self):
        self.write(entries.insert, [])
        self.assertTrue(self.write(entries.update, []))
        self.assertTrue(self.write(entries.replace, []))
        self.assertEqual({}, self.read(entries.standing, []))

    def test_purge(self):
        self.write(
            entries.insert,
            [
                entry(1, state='deleted', state_changed_at=NOW - DAY),
                entry(2, state='deleted', state_changed_at=NOW),
                entry(3, state='missing', state_changed_at=NOW - DAY),
            ],
        )
        self.assertEqual(1, self.write(entries.purge, 'deleted', NOW, 10))
        self.assertEqual(
            {'deleted': 1, 'missing': 1}, self.read(entries.count)
        )

    def test_in_the_order_of_ids(self):
        self.write(entries.insert, [entry(n) for n in (3, 1, 2, 4)])
        ids = [rows.backup_id(number) for number in range(5)]

        def after(number, *args):
            after = '' if number is None else ids[number]
            found = self.read(entries.states_after, after, *args)
            return [row.id for row in found]

        self.assertEqual(ids[1:], after(None, 9))
        self.assertEqual(ids[1:3], after(None, 2))
        self.assertEqual(ids[3:], after(2, 2))
        self.assertEqual(ids[2:4], after(1, None, ids[3]))
        self.assertEqual([], after(4, 9))
