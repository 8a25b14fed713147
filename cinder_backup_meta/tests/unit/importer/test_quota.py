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

from cinder.db import api as cinder_db
from cinder import quota

from cinder_backup_meta.db.cinder import quotas
from cinder_backup_meta.tests.unit.importer import base


def owned(number, project, parent=None, **changes):
    return base.string(number, parent, project_id=project, **changes)


class QuotaTestCase(base.PageTestCase):
    def _limit(self, project, **limits):
        """Set limits for one project, as ``cinder quota-update`` does."""
        for resource, limit in limits.items():
            cinder_db.quota_create(self.context, project, resource, limit)

    def _reserve(self, project, size=3):
        return quota.QUOTAS.reserve(
            self.context,
            project_id=project,
            backups=1,
            backup_gigabytes=size,
        )


class TestEnforced(QuotaTestCase):
    def test_many_projects(self):
        strings = [
            owned(number, f'project-{number % 100}', size=number)
            for number in range(1, 1001)
        ]
        self.limit()
        outcome = self.import_(strings, owner='record')
        self.assertEqual({'created'}, set(base.results(outcome)))
        self.assertEqual(
            {
                f'project-{rest}': (
                    10,
                    sum(n for n in range(1, 1001) if n % 100 == rest),
                )
                for rest in range(100)
            },
            self.usages(),
        )
        self.assertEqual([], outcome.over_quota)
        self.assertEqual([], self.rows('reservations'))

    def test_next_page(self):
        self.import_([owned(1, 'a'), owned(2, 'b')], owner='record')
        self.import_(
            [owned(3, 'b', size=4), owned(4, 'c'), owned(5, 'b')],
            owner='record',
        )
        self.assertEqual(
            {'a': (1, 3), 'b': (3, 10), 'c': (1, 3)}, self.usages()
        )

    def test_what_exceeds_it_is_refused_and_the_rest_goes_on(self):
        self.limit(backups=2, gigabytes=9)
        items = self.assertResults(
            [
                'created',
                'quota_exceeded',
                'parent_refused',
                'created',
                'quota_exceeded',
                'created',
            ],
            [
                owned(1, 'a', size=5),
                owned(2, 'a', size=5),
                owned(3, 'b', parent=2, size=1),
                owned(4, 'a', size=4),
                owned(5, 'a', size=1),
                owned(6, 'b', size=9),
            ],
            owner='record',
        )
        self.assertIn(
            'Requested 5G, quota is 9G and 5G has been consumed.',
            items[1]['detail'],
        )
        self.assertIn(
            'Maximum number of backups allowed (2)', items[4]['detail']
        )
        self.assertEqual({'a': (2, 9), 'b': (1, 9)}, self.usages())

    def test_ancestors_are_charged_before(self):
        self.limit(backups=2)
        self.assertResults(
            ['quota_exceeded', 'created', 'created', 'quota_exceeded'],
            [
                base.string(3, parent=2),
                base.string(2, parent=1),
                base.string(1),
                base.string(4),
            ],
        )

    def test_what_is_reserved_counts(self):
        self.limit(backups=2)
        self.import_([base.string(1)])
        self._reserve('project-1')
        self.assertUnchanged(['quota_exceeded'], [base.string(2)])

    def test_limits_of_single_projects(self):
        self.limit(backups=1)
        self._limit('b', backups=2, backup_gigabytes=5)
        self._limit('c', backups=-1)
        # This one says nothing.
        self._limit('a', backups=None)
        self.assertResults(
            [
                'created',
                'quota_exceeded',
                'created',
                'quota_exceeded',
                'created',
                'created',
            ],
            [
                owned(1, 'a'),
                owned(2, 'a'),
                owned(3, 'b'),
                owned(4, 'b'),
                owned(5, 'c'),
                owned(6, 'c'),
            ],
            owner='record',
        )

    def test_limits_of_the_default_class(self):
        for resource in quotas.RESOURCES:
            cinder_db.quota_class_update(
                self.context, 'default', resource, 1
            ) or cinder_db.quota_class_create(
                self.context, 'default', resource, 1
            )
        self.assertResults(
            ['created', 'quota_exceeded'],
            [base.string(1, size=1), base.string(2, size=1)],
        )

    def test_limits_of_the_class_of_the_caller(self):
        self.limit(backups=1)
        self.context.quota_class = 'gold'
        cinder_db.quota_class_create(self.context, 'gold', 'backups', 2)
        self.assertResults(
            ['created', 'created', 'quota_exceeded'],
            [base.string(number) for number in (1, 2, 3)],
        )

    def test_limits_of_another_quota_driver(self):
        class Driver(quota.DbQuotaDriver):
            def get_project_quotas(self, *args, **kwargs):
                found = super().get_project_quotas(*args, **kwargs)
                found['backups']['limit'] = 1
                return found

        self.limit()
        engine = quota.QuotaEngine(Driver())
        engine._resources = quotas._ENGINE._resources
        self.patch(quotas, '_ENGINE', engine)
        self.assertResults(
            ['created', 'quota_exceeded', 'created'],
            [owned(1, 'a'), owned(2, 'a'), owned(3, 'b')],
            owner='record',
        )

    def test_more_than_the_column_holds(self):
        self.limit()
        self.assertResults(
            ['created', 'quota_exceeded'],
            [base.string(1), base.string(2, size=2**31 - 1)],
        )

    def test_first_charge_over_quota_leaves_no_usage(self):
        self.limit(backups=0)
        self.assertUnchanged(['quota_exceeded'], [base.string(1)])

    def test_what_comes_back_is_charged(self):
        self.import_([base.string(1), base.string(2)])
        self.execute('UPDATE backups SET deleted = 1')
        self.execute('UPDATE quota_usages SET in_use = 0')
        self.import_([base.string(1), base.string(2)])
        self.assertEqual({'project-1': (2, 6)}, self.usages())


class TestRefresh(QuotaTestCase):
    """Cinder's options that ask to count from time to time."""

    def setUp(self):
        super().setUp()
        self.limit()

    def test_negative_usage(self):
        self.import_([base.string(1)])
        self.execute('UPDATE quota_usages SET in_use = -3')
        self.import_([base.string(2), base.string(3)])
        self.assertEqual({'project-1': (3, 9)}, self.usages())

    def test_until_refresh(self):
        self.config.config(until_refresh=2)
        self.import_([owned(1, 'a'), owned(2, 'b')], owner='record')
        self.execute('UPDATE quota_usages SET in_use = 50')
        # A page is one charge.
        self.import_([owned(3, 'a'), owned(4, 'a')], owner='record')
        self.assertEqual({'a': (52, 56), 'b': (50, 50)}, self.usages())
        self.import_([owned(5, 'a'), owned(6, 'b')], owner='record')
        self.assertEqual({'a': (4, 12), 'b': (51, 53)}, self.usages())

    def test_max_age(self):
        self.config.config(max_age=60)
        self.import_([owned(1, 'a'), owned(2, 'b')], owner='record')
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        for project, when in (('a', '2026-01-01 00:00:00'), ('b', str(now))):
            self.execute(
                'UPDATE quota_usages SET in_use = 50, updated_at = ? '
                'WHERE project_id = ?',
                when,
                project,
            )
        self.import_([owned(3, 'a'), owned(4, 'b')], owner='record')
        self.assertEqual({'a': (2, 6), 'b': (51, 53)}, self.usages())


class TestRecounted(QuotaTestCase):
    def _import(self, strings):
        return self.import_(strings, owner='record', quota='recounted')

    def test_no_limit_is_looked_at_and_who_exceeds_one_is_told(self):
        self.limit(backups=1, gigabytes=6)
        self._limit('d', backups=9, backup_gigabytes=9)
        outcome = self._import(
            [
                owned(1, 'c', size=7),
                owned(2, 'a'),
                owned(3, 'a'),
                owned(4, 'b', size=6),
                owned(5, 'd'),
                owned(6, 'd'),
            ]
        )
        self.assertEqual(['created'] * 6, base.results(outcome))
        self.assertEqual(['a', 'c'], outcome.over_quota)

    def test_who_is_not_in_the_page_is_not_told(self):
        self.limit(backups=1)
        self._import([owned(1, 'a'), owned(2, 'a')])
        strings = [owned(1, 'a'), owned(3, 'b')]
        self.assertEqual([], self._import(strings).over_quota)

    def test_wrong_usage_is_put_right(self):
        self._import([owned(1, 'a'), owned(2, 'b')])
        self.execute('UPDATE quota_usages SET in_use = 50')
        self._import([owned(3, 'a')])
        self.assertEqual({'a': (2, 6), 'b': (50, 50)}, self.usages())

    def test_usage_that_outlived_the_backups(self):
        strings = [owned(1, 'a'), owned(2, 'a')]
        self._import(strings)
        self.execute('DELETE FROM backup_metadata')
        self.execute('DELETE FROM backups')
        self._import(strings)
        self.assertEqual({'a': (2, 6)}, self.usages())

    def test_project_that_cinder_is_just_charging(self):
        self._import([owned(1, 'a')])
        reservations = self._reserve('a')
        # Cinder has made the row and not yet committed what it reserved.
        self._import([owned(2, 'a')])
        self.execute('UPDATE quota_usages SET in_use = in_use + 7')
        self._import([owned(3, 'a', size=1)])
        self.assertEqual({'a': (10, 14)}, self.usages())
        quota.QUOTAS.commit(self.context, reservations, project_id='a')
        self.assertEqual({'a': (11, 17)}, self.usages())
        self._import([owned(4, 'a')])
        self.assertEqual({'a': (4, 10)}, self.usages())

    def test_reservation_of_a_process_that_died(self):
        self._import([owned(1, 'a')])
        self._reserve('a')
        self.execute("UPDATE reservations SET created_at = '2026-01-01'")
        self.execute('UPDATE quota_usages SET in_use = 50')
        self._import([owned(2, 'a')])
        self.assertEqual({'a': (2, 6)}, self.usages())

    def test_more_than_the_column_holds(self):
        outcome = self._import([owned(1, 'a'), owned(2, 'a', size=2**31 - 1)])
        self.assertEqual(['created', 'quota_exceeded'], base.results(outcome))
