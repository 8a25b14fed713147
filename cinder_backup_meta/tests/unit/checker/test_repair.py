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

"""Rows that the import of stock Cinder itself has made, and no cast left."""

import datetime
from unittest import mock

from cinder.backup import api as cinder_api
from cinder import objects as cinder_objects
from cinder import quota
import sqlalchemy as sa

from cinder_backup_meta.checker import repair
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db.cinder import stuck_imports
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base

OTHER_ID = 'a9993e36-4706-416a-ba3e-25717850c26c'
DAY = 86400


class Killed(BaseException):
    """Ends a process where it stands."""


class RepairTestCase(base.DatabaseTestCase):
    def import_stock(self, backup_id=samples.ID, size=3, context=None):
        """Do what cinder-api does before it sends its message."""
        context = context or self.context
        string = samples.encode(samples.record(id=backup_id, size=size))
        return cinder_api.API._get_import_backup(None, context, string)

    def update(self, table, **values):
        """Change all rows of a table."""
        table = models.Backup.metadata.tables[table]
        with models.main_context_manager.writer.using(self.context) as session:
            session.execute(
                sa.update(table).values(
                    {'updated_at': table.c.updated_at} | values
                )
            )

    def age(self, seconds=DAY, *tables):
        """Let the rows be older than they are."""
        now = datetime.datetime.now(datetime.timezone.utc)
        then = now.replace(tzinfo=None) - datetime.timedelta(seconds=seconds)
        for table in tables or ('backups', 'reservations'):
            self.update(table, created_at=then)

    def usage(self, project_id='project-1'):
        return {
            row['resource']: (row['in_use'], row['reserved'])
            for row in self.rows('quota_usages')
            if row['project_id'] == project_id
        }

    def statuses(self):
        return {row['id']: row['status'] for row in self.rows('backups')}

    def results(self, report):
        return {item.backup_id: str(item.result) for item in report.items}


class TestFind(RepairTestCase):
    def _found(self, older_than=repair.OLDER_THAN):
        before = self.tables()
        report = repair.look(self.context, older_than)
        self.assertEqual(before, self.tables())
        self.assertFalse(report.applied)
        return self.results(report)

    def test_import_without_its_message(self):
        self.import_stock()
        self.age()
        self.assertEqual({samples.ID: 'found'}, self._found())

    def test_what_it_tells(self):
        self.import_stock()
        self.import_stock(OTHER_ID, size=2)
        self.age()
        report = repair.look(self.context)
        [item, _other] = report.items
        self.assertEqual('project-1', item.project_id)
        self.assertEqual('user-1', item.user_id)
        self.assertEqual(
            {'project-1': {'backups': 2, 'backup_gigabytes': 5}},
            report.given_back,
        )
        self.assertEqual(
            {'rows': 2, 'backups': 2, 'backup_gigabytes': 5}, report.totals()
        )

    def test_young_ones_may_still_live(self):
        self.import_stock()
        self.age(3000)
        self.assertEqual({}, self._found())
        self.assertEqual({samples.ID: 'found'}, self._found(2000))

    def test_changed_lately(self):
        self.import_stock()
        self.age()
        now = datetime.datetime.now(datetime.timezone.utc)
        self.update('backups', updated_at=now.replace(tzinfo=None))
        self.assertEqual({}, self._found())

    def test_backup_that_waits_for_the_scheduler(self):
        backup = cinder_objects.Backup(
            self.context,
            user_id='user-1',
            project_id='project-1',
            volume_id=samples.VOLUME_ID,
            status='creating',
            size=1,
        )
        backup.create()
        self.age()
        self.assertEqual({}, self._found())

    def test_any_other_row(self):
        self.import_stock()
        self.age()
        for name, value in (
            ('deleted', True),
            ('status', 'available'),
            ('status', 'error'),
            ('status', 'deleting'),
            ('status', None),
            ('host', 'host-1'),
            ('host', ''),
            ('volume_id', samples.VOLUME_ID),
            ('service', samples.POSIX),
            ('container', 'c'),
            ('service_metadata', 'm'),
            ('created_at', None),
        ):
            [row] = self.rows('backups')
            was = row[name]
            if name == 'created_at':
                was = datetime.datetime.fromisoformat(was)
            self.update('backups', **{name: value})
            self.assertEqual({}, self._found(), name)
            self.update('backups', **{name: was})
            self.assertEqual({samples.ID: 'found'}, self._found(), name)

    def test_revived_row_is_its_hosts(self):
        self.import_stock()
        self.update('backups', host='host-1', status='deleted', deleted=True)
        self.import_stock()
        self.assertEqual('creating', self.statuses()[samples.ID])
        self.age()
        self.update('backups', updated_at=None)
        self.assertEqual({}, self._found())


class TestApply(RepairTestCase):
    def test_row_is_deleted_as_cinder_does_it(self):
        self.import_stock()
        backup = cinder_objects.Backup.get_by_id(self.context, samples.ID)
        backup.metadata = {'a': 'b'}
        backup.save()
        self.age()
        self.update('backups', updated_at=None)
        [before] = self.rows('backups')
        report = repair.apply(self.context)
        self.assertTrue(report.applied)
        self.assertEqual({samples.ID: 'removed'}, self.results(report))
        [row] = self.rows('backups')
        self.assertIsNotNone(row.pop('deleted_at'))
        before.pop('deleted_at')
        self.assertEqual(before | {'status': 'deleted', 'deleted': 1}, row)
        [metadata] = self.rows('backup_metadata')
        self.assertEqual(1, metadata['deleted'])
        self.assertIsNotNone(metadata['deleted_at'])

    def test_quota_is_given_back(self):
        self.import_stock(size=3)
        self.import_stock(OTHER_ID, size=4)
        self.assertEqual(
            {'backups': (2, 0), 'backup_gigabytes': (7, 0)}, self.usage()
        )
        self.age()
        report = repair.apply(self.context)
        self.assertEqual(
            {'backups': (0, 0), 'backup_gigabytes': (0, 0)}, self.usage()
        )
        self.assertEqual(
            {'project-1': {'backups': 2, 'backup_gigabytes': 7}},
            report.given_back,
        )
        self.assertEqual(
            {'rows': 2, 'backups': 2, 'backup_gigabytes': 7}, report.totals()
        )

    def test_dry_run_foretells_it(self):
        self.import_stock()
        self.import_stock(OTHER_ID)
        self.age()
        foretold = repair.look(self.context)
        done = repair.apply(self.context)
        self.assertEqual(foretold.given_back, done.given_back)
        self.assertEqual(foretold.totals(), done.totals())

    def test_again_finds_nothing(self):
        self.import_stock()
        self.age()
        repair.apply(self.context)
        before = self.tables()
        self.assertEqual([], repair.apply(self.context).items)
        self.assertEqual(before, self.tables())

    def test_charge_of_living_backups_stays(self):
        self.import_stock(OTHER_ID, size=2)
        self.update('backups', status='available', host='host-1', size=2)
        self.import_stock()
        self.age()
        repair.apply(self.context)
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (2, 0)}, self.usage()
        )
        self.assertEqual(
            {OTHER_ID: 'available', samples.ID: 'deleted'}, self.statuses()
        )

    def test_other_projects_are_let_be(self):
        other = self.context.elevated()
        other.project_id = 'project-2'
        self.import_stock(OTHER_ID, context=other)
        self.update('backups', status='available', host='host-1')
        self.import_stock()
        self.age()
        before = self.usage('project-2')
        repair.apply(self.context)
        self.assertEqual(before, self.usage('project-2'))

    def test_quota_never_goes_below_zero(self):
        self.import_stock()
        self.age()
        self.update('quota_usages', in_use=0)
        report = repair.apply(self.context)
        self.assertEqual(
            {'backups': (0, 0), 'backup_gigabytes': (0, 0)}, self.usage()
        )
        self.assertEqual(
            {'rows': 1, 'backups': 0, 'backup_gigabytes': 0}, report.totals()
        )

    def test_quota_never_goes_up(self):
        self.import_stock(OTHER_ID)
        self.update('backups', status='available', host='host-1', size=8)
        self.import_stock()
        self.age()
        self.update('quota_usages', in_use=1)
        repair.apply(self.context)
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (1, 0)}, self.usage()
        )

    def test_project_without_quota_rows(self):
        self.import_stock()
        self.age()
        self.update('quota_usages', project_id='project-2')
        repair.apply(self.context)
        self.assertEqual({samples.ID: 'deleted'}, self.statuses())

    def test_row_of_no_project(self):
        self.import_stock()
        self.age()
        self.update('backups', project_id=None)
        report = repair.apply(self.context)
        self.assertEqual({samples.ID: 'removed'}, self.results(report))
        self.assertEqual({}, report.given_back)


class TestMeanwhile(RepairTestCase):
    """What others do between, or during, the steps."""

    def setUp(self):
        super().setUp()
        self.import_stock()
        self.age()

    def test_row_that_came_to_life_is_left_alone(self):
        look = repair._look

        def look_slowly(*args):
            report = look(*args)
            self.update('backups', host='host-1', volume_id=samples.VOLUME_ID)
            return report

        with mock.patch.object(repair, '_look', look_slowly):
            report = repair.apply(self.context)
        self.assertEqual({samples.ID: 'changed'}, self.results(report))
        self.assertEqual({samples.ID: 'creating'}, self.statuses())
        self.assertEqual(
            {'backups': (1, 0), 'backup_gigabytes': (3, 0)}, self.usage()
        )
        self.assertEqual(
            {'rows': 0, 'backups': 0, 'backup_gigabytes': 0}, report.totals()
        )

    def test_project_that_is_just_charged_is_left_alone(self):
        for sign in (1, -1):
            reservations = quota.QUOTAS.reserve(
                self.context, backups=sign, backup_gigabytes=9 * sign
            )
            before = self.tables()
            report = repair.apply(self.context)
            self.assertEqual({samples.ID: 'busy'}, self.results(report))
            self.assertEqual(before, self.tables())
            quota.QUOTAS.rollback(self.context, reservations)
        report = repair.apply(self.context)
        self.assertEqual({samples.ID: 'removed'}, self.results(report))

    def test_other_quota_of_the_project_is_no_matter(self):
        quota.QUOTAS.reserve(self.context, volumes=1)
        report = repair.apply(self.context)
        self.assertEqual({samples.ID: 'removed'}, self.results(report))

    def test_one_transaction_for_each(self):
        self.import_stock(OTHER_ID)
        self.age()
        first = min(samples.ID, OTHER_ID)
        remove = stuck_imports.remove

        def fail(context, backup_id, before):
            if backup_id != first:
                raise Killed
            return remove(context, backup_id, before)

        with mock.patch.object(stuck_imports, 'remove', fail):
            self.assertRaises(Killed, repair.apply, self.context)
        statuses = self.statuses()
        self.assertEqual('deleted', statuses.pop(first))
        self.assertEqual(['creating'], list(statuses.values()))
        self.assertEqual((1, 0), self.usage()['backups'])

    def test_killed_within_one_leaves_it_whole(self):
        before = self.tables()
        with mock.patch.object(
            repair.quota_usages,
            'give_back',
            autospec=True,
            side_effect=Killed,
        ):
            self.assertRaises(Killed, repair.apply, self.context)
        self.assertEqual(before, self.tables())


class TestKilledBeforeTheCharge(RepairTestCase):
    """cinder-api died after the row and before the commit of its quota."""

    def setUp(self):
        super().setUp()
        with mock.patch.object(
            quota.QUOTAS, 'commit', autospec=True, side_effect=Killed
        ):
            self.assertRaises(Killed, self.import_stock)
        self.assertEqual(
            {'backups': (0, 1), 'backup_gigabytes': (0, 3)}, self.usage()
        )

    def test_nothing_is_given_back_that_was_not_charged(self):
        self.age()
        repair.apply(self.context)
        self.assertEqual({samples.ID: 'deleted'}, self.statuses())
        self.assertEqual(
            {'backups': (0, 1), 'backup_gigabytes': (0, 3)}, self.usage()
        )

    def test_cinder_expires_the_reservation(self):
        self.age()
        repair.apply(self.context)
        then = datetime.datetime(2000, 1, 1)
        self.update('reservations', expire=then)
        quota.QUOTAS.expire(self.context)
        self.assertEqual(
            {'backups': (0, 0), 'backup_gigabytes': (0, 0)}, self.usage()
        )
