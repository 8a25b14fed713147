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
import itertools
import os

from cinder_backup_meta.catalog import passes
from cinder_backup_meta.catalog import queries
from cinder_backup_meta.db.catalog import selection as entry_pages
from cinder_backup_meta import exception
from cinder_backup_meta import objects
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import limits
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import rows

VOLUME_ID = samples.PARENT_ID


class ListingTestCase(base.CatalogTestCase):
    def capture_all(self):
        passes.compare_all(self.context, self.maker)

    def select(self, **values):
        return objects.BackupRecordSelection.with_defaults(
            self.context, **values
        )

    def list(self, *sort, limit=1000, marker=None, **selection):
        return queries.list_entries(
            self.context, self.select(**selection), sort, limit, marker
        )

    def numbers(self, found):
        return [int(entry.id[:8], 16) for entry in found]

    def assert_refused(self, code, function, *args):
        error = self.assertRaises(exception.Refused, function, *args)
        self.assertIs(code, error.code)
        return str(error)


class TestList(ListingTestCase):
    def setUp(self):
        super().setUp()
        self.insert(0)
        self.insert(1, parent=0, display_name='one')
        self.insert(2, project_id='project-2', volume_id=VOLUME_ID)
        self.insert(3, service='cinder.backup.drivers.nfs.NFSBackupDriver')
        self.insert(4, display_name=None, size=None, project_id=None)
        self.capture_all()
        self.lose(2)
        self.soft_delete(3)
        self.capture_all()

    def test_entry(self):
        [entry] = self.list(backup_ids=[rows.backup_id(1)])
        row = self.entries()[1]
        for name in (
            'state',
            'digest',
            'revision',
            'project_id',
            'user_id',
            'volume_id',
            'parent_id',
            'name',
            'service',
            'host',
            'availability_zone',
            'size',
            'object_count',
            'encryption_key_id',
        ):
            self.assertEqual(row[name], getattr(entry, name), name)
        self.assertEqual(
            rows.backup(1)['created_at'].replace(tzinfo=datetime.timezone.utc),
            entry.created_at,
        )
        self.assertFalse(entry.obj_attr_is_set('record'))
        self.assertEqual(set(), entry.obj_what_changed())

    def test_filters(self):
        second = datetime.timedelta(seconds=1)
        for numbers, selection in (
            ([0, 1, 2, 3, 4], {}),
            ([2], {'project_id': 'project-2'}),
            ([2], {'volume_id': VOLUME_ID}),
            ([1], {'parent_id': rows.backup_id(0)}),
            ([1], {'name': 'one'}),
            ([], {'name': ''}),
            ([3], {'service': rows.backup(3)['service'][:0] + _NFS}),
            ([0, 1, 4], {'states': ['current']}),
            ([2, 3], {'states': ['missing', 'deleted']}),
            ([], {'states': []}),
            ([3, 4], {'created_since': rows.T0 + 3 * second}),
            ([0, 1, 2], {'created_before': rows.T0 + 3 * second}),
            ([1], {'project_id': 'project-1', 'name': 'one'}),
            ([], {'project_id': 'project-2', 'name': 'one'}),
            ([0, 4], {'backup_ids': [rows.backup_id(n) for n in (0, 4, 9)]}),
        ):
            found = self.list('id:asc', **selection)
            self.assertEqual(numbers, self.numbers(found), selection)

    def test_name_that_is_stored_escaped(self):
        self.catalog.execute(
            "UPDATE backup_records SET name = '\\U0001f600' WHERE name = 'one'"
        )
        self.assertEqual([1], self.numbers(self.list(name='\U0001f600')))

    def test_marker_of_nobody(self):
        text = self.assert_refused(
            reasons.Reason.INVALID_MARKER,
            lambda: self.list('id:asc', marker=rows.backup_id(9)),
        )
        self.assertIn(rows.backup_id(9), text)

    def test_entry_that_is_no_longer_selected_is_a_marker_all_the_same(self):
        found = self.list(
            'id:asc', marker=rows.backup_id(2), states=['current']
        )
        self.assertEqual([4], self.numbers(found))

    def test_show(self):
        entry = queries.show(self.context, rows.backup_id(2))
        self.assertEqual('missing', entry.state)
        self.assertEqual(
            'backup 2', codec.decode(entry.record)['display_name']
        )
        self.assert_refused(
            reasons.Reason.RECORD_NOT_FOUND,
            queries.show,
            self.context,
            rows.backup_id(9),
        )


_NFS = 'cinder.backup.drivers.nfs.NFSBackupDriver'


class TestSort(ListingTestCase):
    def setUp(self):
        super().setUp()
        for number in range(12):
            self.insert(
                number,
                seconds=number % 3,
                display_name=None if number % 4 == 0 else f'n{number % 4}',
                size=None if number % 5 == 0 else number % 5,
                project_id=None if number % 2 else 'project-1',
            )
        self.capture_all()
        self.lose(3, 4)
        self.soft_delete(5)
        self.capture_all()

    def _expected(self, *keys):
        found = list(self.entries().items())
        # Sorting is stable, so the last key comes first.
        for name, down in reversed([*keys, ('id', keys[-1][1])]):
            found.sort(
                key=lambda item: _first_if_none(item[1][name]), reverse=down
            )
        return [number for number, _row in found]

    def _paged(self, sort, limit):
        found, marker = [], None
        while page := self.list(*sort, limit=limit, marker=marker):
            self.assertLessEqual(len(page), limit)
            found += self.numbers(page)
            marker = page[-1].id
        return found

    def test_every_key_in_both_directions(self):
        for name in entry_pages.SORT_KEYS:
            for down, direction in ((False, 'asc'), (True, 'desc')):
                expected = self._expected((name, down))
                for limit in (1, 5, 12):
                    found = self._paged([f'{name}:{direction}'], limit)
                    self.assertEqual(expected, found, f'{name} {direction}')

    def test_several_keys(self):
        names = ('size', 'name', 'created_at')
        for downs in itertools.product((False, True), repeat=len(names)):
            keys = list(zip(names, downs, strict=True))
            sort = [
                f'{name}:{"desc" if down else "asc"}' for name, down in keys
            ]
            self.assertEqual(self._expected(*keys), self._paged(sort, 5))

    def test_no_key(self):
        self.assertEqual(list(range(12)), self._paged([], 5))


def _first_if_none(value):
    return (value is not None, value if value is not None else 0)


class TestNextPage(ListingTestCase):
    def pages(self, limit, **selection):
        found, marker = [], None
        while True:
            page = queries.next_page(
                self.context, self.select(**selection), marker, limit
            )
            found.append(self.numbers(page.rows))
            marker = page.next_marker
            if marker is None:
                return found

    def test_oldest_first(self):
        for number, seconds in enumerate((3, 1, 2, 1, 0)):
            self.insert(number, seconds=seconds)
        self.capture_all()
        self.assertEqual([[4, 1], [3, 2], [0]], self.pages(2))
        self.assertEqual([[4, 1, 3, 2, 0]], self.pages(5))

    def test_row(self):
        self.insert(1, parent=0)
        self.capture_all()
        [row] = queries.next_page(self.context, self.select(), None, 5).rows
        entry = self.entries()[1]
        self.assertEqual(entry['record'], row.record)
        self.assertEqual(rows.backup(1)['created_at'], row.created_at)
        for name in ('id', 'parent_id', 'project_id', 'size', 'state'):
            self.assertEqual(entry[name], getattr(row, name))

    def test_states(self):
        self.insert(1, 2, 3)
        self.capture_all()
        self.lose(1)
        self.soft_delete(2)
        self.capture_all()
        self.assertEqual([[1, 3]], self.pages(9))
        self.assertEqual([[2]], self.pages(9, states=['deleted']))

    def test_filter(self):
        self.insert(1, 2)
        self.insert(3, project_id='project-2')
        self.capture_all()
        self.assertEqual([[3]], self.pages(9, project_id='project-2'))

    def test_empty(self):
        self.assertEqual([[]], self.pages(9))

    def test_microseconds(self):
        for number in range(4):
            when = rows.T0.replace(microsecond=number // 2)
            self.insert(number, created_at=when)
        self.capture_all()
        self.assertEqual([[0], [1], [2], [3]], self.pages(1))

    def test_page_of_long_records_ends_early(self):
        self.insert(*range(4))
        self.capture_all()
        length = len(self.entries()[0]['record'])
        for room, expected in (
            (2 * length, [[0, 1], [2, 3]]),
            (2 * length - 1, [[0], [1], [2], [3]]),
            (1, [[0], [1], [2], [3]]),
        ):
            with base.patch(limits, 'MAX_PAGE_LENGTH', room):
                self.assertEqual(expected, self.pages(9))

    def test_goes_on_where_entries_came_and_went(self):
        self.insert(1, 2, 3, 5)
        self.capture_all()
        page = queries.next_page(self.context, self.select(), None, 2)
        self.catalog.execute(
            f"DELETE FROM backup_records WHERE id = '{rows.backup_id(2)}'"
        )
        self.insert(0, 4)
        self.capture_all()
        page = queries.next_page(
            self.context, self.select(), page.next_marker, 9
        )
        self.assertEqual([3, 4, 5], self.numbers(page.rows))

    def test_marker_that_is_none(self):
        self.assert_refused(
            reasons.Reason.INVALID_MARKER,
            queries.next_page,
            self.context,
            self.select(),
            'nonsense',
            9,
        )

    def test_by_ids(self):
        self.insert(1, 2, 3)
        self.capture_all()
        self.soft_delete(2)
        self.capture_all()
        ids = [rows.backup_id(number) for number in (1, 2, 9)]
        found = queries.by_ids(self.context, ids)
        self.assertEqual(set(ids[:2]), set(found))
        self.assertEqual('deleted', found[ids[1]].state)
        self.assertEqual({}, queries.by_ids(self.context, []))


class TestUnavailable(ListingTestCase):
    def _assert_refused(self):
        for function in (
            lambda: self.list('id:asc'),
            lambda: queries.show(self.context, samples.ID),
            lambda: queries.next_page(self.context, self.select(), None, 9),
            lambda: queries.by_ids(self.context, [samples.ID]),
        ):
            text = self.assert_refused(
                reasons.Reason.CATALOG_UNAVAILABLE, function
            )
            self.assertIn('cinder-backup-meta-manage db sync', text)

    def test_no_file(self):
        os.unlink(self.catalog.path)
        self._assert_refused()
        self.assertFalse(os.path.exists(self.catalog.path))

    def test_no_tables(self):
        self.catalog.execute('DROP TABLE backup_records')
        self._assert_refused()

    def test_broken(self):
        self.catalog.break_()
        self._assert_refused()
