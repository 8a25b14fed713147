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

import random

from cinder import objects as cinder_objects
from cinder.tests.unit.backup import fake_service
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st

from cinder_backup_meta import exception
from cinder_backup_meta.exporter import pages
from cinder_backup_meta import objects
from cinder_backup_meta.record import limits
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import fixed
from cinder_backup_meta.tests.unit import rows


class PagesTestCase(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        cinder_objects.register_all()
        self.drivers = drivers.Instances(samples.POSIX)

    def page(self, limit=100, marker=None, **selection):
        return pages.export_page(
            self.context,
            objects.BackupRecordSelection.with_defaults(
                self.context, **selection
            ),
            limit,
            marker,
            self.drivers,
        )

    def walk(self, limit, between=None, **selection):
        """Return the pages of an export from its beginning to its end."""
        found, marker = [], None
        while True:
            page = self.page(limit, marker, **selection)
            found.append(page)
            marker = page.next_marker
            if marker is None:
                return found
            if between:
                between()

    def numbers(self, items):
        return [int(item['id'][:8], 16) for item in items]

    def written(self, found):
        """Return the numbers that a client writes: no ancestor twice."""
        ancestors, numbers = set(), []
        for page in found:
            for item in page.items:
                if item['id'] in ancestors:
                    continue
                if item['ancestor']:
                    ancestors.add(item['id'])
                numbers.append(int(item['id'][:8], 16))
        return numbers


class TestRecords(PagesTestCase):
    def test_as_the_single_export_writes_them(self):
        rows.insert(
            self.context,
            rows.backup(1, num_dependent_backups=1),
            rows.backup(2, parent=1, display_name='naïve', size=7),
            rows.backup(3, object_count=None, num_dependent_backups=None),
            metadata=[(rows.backup_id(2), 'tier', 'gold')],
        )
        items = self.page().items
        self.assertEqual(3, len(items))
        for item in items:
            backup = cinder_objects.Backup.get_by_id(self.context, item['id'])
            record = objects.BackupRecord.from_backup(
                self.context, backup, {}
            ).to_string()
            self.assertEqual(record, item['backup_url'])
            self.assertEqual(samples.POSIX, item['backup_service'])
            self.assertEqual(
                cinder_objects.Backup.decode_record(record)['id'], item['id']
            )

    def test_one_that_is_being_restored_is_written_as_available(self):
        rows.insert(self.context, rows.backup(1, status='restoring'))
        [item] = self.page().items
        record = objects.BackupRecord.from_string(
            self.context, item['backup_url'], 0
        )
        self.assertEqual('available', record.status)

    def test_driver_adds_its_own(self):
        class Driver(fake_service.FakeBackupService):
            def export_record(self, backup):
                return {'name': backup.display_name, **backup.metadata}

        self.drivers = fixed.Fixed(Driver(self.context))
        rows.insert(
            self.context,
            rows.backup(1),
            metadata=[(rows.backup_id(1), 'tier', 'gold')],
        )
        [item] = self.page().items
        record = objects.BackupRecord.from_string(
            self.context, item['backup_url'], 0
        )
        self.assertEqual(
            {'name': 'backup 1', 'tier': 'gold'}, record.driver_info
        )

    def test_driver_that_fails_costs_its_own_backup_only(self):
        class Driver(fake_service.FakeBackupService):
            def export_record(self, backup):
                if backup.size == 7:
                    raise ValueError('no')
                return {}

        self.drivers = fixed.Fixed(Driver(self.context))
        rows.insert(self.context, rows.backup(1, size=7), rows.backup(2))
        page = self.page()
        self.assertEqual([2], self.numbers(page.items))
        [omitted] = page.omitted
        self.assertEqual('driver_refused', omitted['reason'])


class TestOmitted(PagesTestCase):
    def test_what_is_not_available(self):
        rows.insert(
            self.context,
            rows.backup(1),
            rows.backup(2, status='error'),
            rows.backup(3, status='creating'),
            rows.backup(4, status='deleted', deleted=True),
        )
        page = self.page()
        self.assertEqual([1], self.numbers(page.items))
        self.assertEqual([2, 3], self.numbers(page.omitted))
        for item in page.omitted:
            self.assertEqual('backup_not_available', item['reason'])

    def test_unknown_ids_once(self):
        rows.insert(
            self.context,
            rows.backup(1),
            rows.backup(2),
            rows.backup(4, deleted=True),
        )
        ids = [rows.backup_id(number) for number in (1, 2, 3, 4)]
        found = self.walk(1, backup_ids=ids)
        self.assertEqual([1, 2], self.written(found))
        omitted = [item for page in found for item in page.omitted]
        self.assertEqual([3, 4], self.numbers(omitted))
        for item in omitted:
            self.assertEqual('backup_not_found', item['reason'])

    def test_of_a_driver_that_may_have_to_add(self):
        rows.insert(
            self.context,
            rows.backup(1, service='vendor.Driver'),
            rows.backup(
                2, service='cinder.backup.drivers.swift.SwiftBackupDriver'
            ),
            rows.backup(3, service=None),
        )
        page = self.page()
        self.assertEqual([2, 3], self.numbers(page.items))
        self.assertEqual('service_mismatch', page.omitted[0]['reason'])

    def test_record_too_large_to_be_imported(self):
        rows.insert(
            self.context,
            rows.backup(1),
            metadata=[
                (rows.backup_id(1), f'key-{number}', 'x' * 255)
                for number in range(3000)
            ],
        )
        page = self.page()
        self.assertEqual([], page.items)
        self.assertEqual('record_too_large', page.omitted[0]['reason'])


class TestSelection(PagesTestCase):
    def setUp(self):
        super().setUp()
        rows.insert(
            self.context,
            rows.backup(1, project_id='a'),
            rows.backup(2, parent=1, project_id='b', volume_id='v'),
            rows.backup(3, parent=2, project_id='b'),
            rows.backup(4, project_id='b', display_name='mine'),
        )

    def test_takes_ancestors_along(self):
        page = self.page(project_id='b')
        self.assertEqual([1, 2, 3, 4], self.numbers(page.items))
        self.assertEqual(
            ['true', None, None, None],
            [item['ancestor'] for item in page.items],
        )

    def test_unless_told_not_to(self):
        page = self.page(project_id='b', ancestors=False)
        self.assertEqual([2, 3, 4], self.numbers(page.items))

    def test_filters(self):
        cases = [
            ({'volume_id': 'v'}, [2]),
            ({'name': 'mine'}, [4]),
            ({'service': 'other'}, []),
            ({'parent_id': rows.backup_id(1)}, [2]),
            ({'backup_ids': [rows.backup_id(3)]}, [3]),
            ({'created_since': rows.backup(3)['created_at']}, [3, 4]),
            ({'created_before': rows.backup(3)['created_at']}, [1, 2]),
        ]
        for selection, expected in cases:
            page = self.page(ancestors=False, **selection)
            self.assertEqual(expected, self.numbers(page.items), selection)

    def test_ancestor_again_on_another_page_is_flagged_again(self):
        found = self.walk(1, project_id='b')
        self.assertEqual([1, 2, 3, 4], self.written(found))


class TestPaging(PagesTestCase):
    def test_wrong_marker(self):
        for marker in ('', 'x', '2026-13-01T00:00:00.000000Z_a', 'é' * 9):
            error = self.assertRaises(
                exception.Refused, self.page, marker=marker
            )
            self.assertEqual('invalid_marker', str(error.code))

    def test_page_ends_where_a_message_would_get_too_large(self):
        metadata = [
            (rows.backup_id(number), f'key-{key}', 'x' * 255)
            for number in range(1, 7)
            for key in range(2000)
        ]
        rows.insert(
            self.context,
            *(rows.backup(number) for number in range(1, 7)),
            metadata=metadata,
        )
        found = self.walk(100)
        self.assertEqual([1, 2, 3, 4, 5, 6], self.written(found))
        self.assertGreater(len(found), 1)
        for page in found:
            self.assertLessEqual(
                sum(len(item['backup_url']) for item in page.items),
                limits.MAX_PAGE_LENGTH,
            )

    def test_what_comes_and_goes_meanwhile_disturbs_nothing_else(self):
        rows.insert(
            self.context, *(rows.backup(number) for number in range(10, 20))
        )
        numbers = iter(range(20, 40))

        def between():
            number = next(numbers)
            rows.insert(self.context, rows.backup(number))
            backup = cinder_objects.Backup.get_by_id(
                self.context, rows.backup_id(number - 1)
            )
            if number % 3 == 0 and number < 25:
                backup.destroy()

        written = self.written(self.walk(2, between))
        self.assertEqual(list(range(10, 20)), written[:10])
        self.assertEqual(sorted(set(written)), written)

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.integers(0, 2**32), st.integers(1, 7))
    def test_parents_first_and_all_of_it_once(self, seed, limit):
        """Chains of any form, many backups of one time, any page size."""
        self.empty_database()
        chance = random.Random(seed)
        made = rows.chains(chance, 14)
        numbers = {int(row['id'][:8], 16) for row in made}
        rows.insert(self.context, *made)
        self._check(self.written(self.walk(limit)), made, numbers)
        wanted = {
            int(row['id'][:8], 16) for row in made if row['project_id'] == 'a'
        }
        self._check(
            self.written(self.walk(limit, project_id='a')), made, wanted
        )

    def _check(self, written, made, wanted):
        self.assertEqual(len(set(written)), len(written))
        self.assertEqual(set(), wanted - set(written))
        parents = {row['id']: row['parent_id'] for row in made}
        seen = set()
        for number in written:
            parent = parents[rows.backup_id(number)]
            self.assertTrue(parent is None or parent in seen, written)
            seen.add(rows.backup_id(number))
