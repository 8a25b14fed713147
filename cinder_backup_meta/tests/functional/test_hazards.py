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

"""What stock Cinder lets through and this plugin must not.

Each test sends the record through the real REST call and compares the tables
before and after.
"""

import time
import uuid

import testscenarios

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests import samples

load_tests = testscenarios.load_tests_apply_scenarios

INVALID = '[invalid_field]'

#: No data stands behind the records of these tests.
UNSEEN = {'backup_meta': {'verify': 'none'}}


def _values(**changes):
    return samples.encode(samples.record(**changes))


class TestBadRecords(base.FunctionalTestCase):
    """Records that can't be read: refused before anything is written."""

    scenarios = [
        (name, {'string': string, 'texts': texts})
        for name, string, texts in [
            # Mass assignment: every key that is no field of a backup, and
            # every value that no backup has.
            ('size -7', _values(size=-7), ['size: must be', INVALID]),
            (
                'created in 1999',
                _values(created_at='1999-01-01T00:00:00Z'),
                ['created_at: must not be before the year 2012', INVALID],
            ),
            (
                'volume that is a path',
                _values(volume_id='../../x'),
                ['volume_id: must be an id of at most 36', INVALID],
            ),
            (
                'key that is a path',
                _values(encryption_key_id='../../sys/seal'),
                ['encryption_key_id: must be an id of at most 36', INVALID],
            ),
            (
                'unknown column',
                _values(no_such_column=1),
                ['no_such_column: ', '[unknown_field]'],
            ),
            # Values that raise outside Cinder's try block.
            (
                'size abc',
                _values(size='abc'),
                ['size: must be a whole number'],
            ),
            (
                'metadata as a list',
                _values(metadata=['a']),
                ['metadata: must be an object of strings', INVALID],
            ),
            ('parent', _values(parent={}), ['parent: ', '[unknown_field]']),
            ('method save', _values(save=1), ['save: ', '[unknown_field]']),
            # Documents that end as HTTP 500.
            (
                'a number',
                samples.encode('7'),
                ['does not decode to a JSON object', '[record_not_object]'],
            ),
            ('null', samples.encode('null'), ['[record_not_object]']),
            ('a string', samples.encode('"id size"'), ['[record_not_object]']),
            ('size null', _values(size=None), ['size: must be', INVALID]),
            (
                'id that is no UUID',
                _values(id='not-a-uuid'),
                ['id: must be a UUID', INVALID],
            ),
            ('size -1000', _values(size=-1000), ['size: must be', INVALID]),
            (
                'size missing',
                _values(size=...),
                ['size: is missing', '[missing_field]'],
            ),
            (
                'id missing',
                _values(id=...),
                ['id: is missing', '[missing_field]'],
            ),
            (
                'no JSON',
                samples.encode('id size'),
                ['not valid JSON', '[record_not_json]'],
            ),
        ]
    ]

    def test_refused(self):
        before = self.tables()
        response = self.post_record(self.string)
        message = self.assert_refused(400, self.texts, before, response)
        self.assertTrue(message.startswith('Invalid input received: '))

    def test_cut_off(self):
        before = self.tables()
        response = self.post_record(_values()[:-5])
        self.assert_refused(400, ['backup_url'], before, response)


class TestMassAssignment(base.FunctionalTestCase):
    settings = {'config': UNSEEN}

    def test_only_what_a_backup_keeps_is_set(self):
        backup_id = str(uuid.uuid4())
        self.assert_created(
            self.post_values(
                id=backup_id,
                temp_volume_id='x',
                temp_snapshot_id=samples.VOLUME_ID,
                restore_volume_id=samples.VOLUME_ID,
                num_dependent_backups=-99,
                status='deleting',
                host='attacker',
                fail_reason='x',
                deleted=True,
                deleted_at='2026-01-02T03:04:05Z',
            )
        )
        row = self.backup_row(backup_id)
        for column in (
            'temp_volume_id',
            'temp_snapshot_id',
            'restore_volume_id',
            'fail_reason',
            'deleted_at',
        ):
            self.assertIsNone(row[column], column)
        self.assertEqual(0, row['num_dependent_backups'])
        self.assertEqual('available', row['status'])
        self.assertEqual(0, row['deleted'])
        self.assertNotEqual('attacker', row['host'])
        self.assertEqual('admin', row['project_id'])


class TestServiceMatch(base.FunctionalTestCase):
    settings = {'config': UNSEEN}

    scenarios = [
        (name or 'empty', {'service': name, 'status': status})
        for name, status in [
            ('', 503),
            ('c', 503),
            ('cinder.backup.drivers', 503),
            ('cinder.backup.drivers.pos', 503),
            (samples.POSIX + 'X', 503),
            ('cinder.backup.drivers.nfs.NFSBackupDriver', 503),
            ('cinder.backup.drivers.posix', 201),
            (samples.POSIX, 201),
        ]
    ]

    def test_service(self):
        before = self.tables()
        response = self.post_values(id=str(uuid.uuid4()), service=self.service)
        if self.status == 201:
            self.assert_created(response)
            return
        self.assert_refused(
            503,
            [
                f'the backup service {self.service or "(none)"} is asked for',
                samples.POSIX,
            ],
            before,
            response,
        )


class TestChildren(base.FunctionalTestCase):
    """The parent's count follows its children, whatever the records say."""

    settings = {'config': UNSEEN}

    def _count(self, backup_id):
        return self.backup_row(backup_id)['num_dependent_backups']

    def test_parent_is_counted_and_kept(self):
        parent_id, child_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.assert_created(
            self.post_values(id=parent_id, num_dependent_backups=99)
        )
        self.assertEqual(0, self._count(parent_id))
        self.assert_created(
            self.post_values(
                id=child_id,
                parent_id=parent_id,
                created_at='2026-01-03T00:00:00Z',
            )
        )
        self.assertEqual(1, self._count(parent_id))
        before = self.tables()
        response = self.cloud.request('DELETE', f'/v3/backups/{parent_id}')
        self.assert_refused(
            400, ['Incremental backups exist'], before, response
        )

    def test_parent_is_kept_for_the_child_of_another_project(self):
        parent_id, child_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.assert_created(self.post_values(id=parent_id))
        response = self.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={
                'backup_record': {
                    'backup_url': _values(
                        id=child_id,
                        parent_id=parent_id,
                        created_at='2026-01-03T00:00:00Z',
                    ),
                    'owner': 'record',
                }
            },
        )
        self.assertEqual(201, response.status_code, response.text)
        self.assertNotEqual(
            self.backup_row(parent_id)['project_id'],
            self.backup_row(child_id)['project_id'],
        )
        before = self.tables()
        response = self.cloud.request('DELETE', f'/v3/backups/{parent_id}')
        self.assert_refused(
            400, ['Incremental backups exist'], before, response
        )

    def test_missing_parent(self):
        parent_id = str(uuid.uuid4())
        before = self.tables()
        response = self.post_values(id=str(uuid.uuid4()), parent_id=parent_id)
        self.assert_refused(
            400,
            [
                'Invalid backup: ',
                f'its parent {parent_id} is not in this cloud',
                "import the parent's record first",
                '[parent_missing]',
            ],
            before,
            response,
        )


class TestCircles(base.FunctionalTestCase):
    """A restore would go round a circle of parents for ever."""

    settings = {'config': UNSEEN}

    def test_own_parent(self):
        backup_id = str(uuid.uuid4())
        before = self.tables()
        response = self.post_values(id=backup_id, parent_id=backup_id)
        self.assert_refused(
            400,
            [f'its parent {backup_id}', '[parent_missing]'],
            before,
            response,
        )

    def test_parent_that_descends_from_the_backup(self):
        first, second = str(uuid.uuid4()), str(uuid.uuid4())
        self.assert_created(self.post_values(id=first))
        self.assert_created(self.post_values(id=second, parent_id=first))
        # Cinder does not delete a parent; a hand in the database does.
        self.cloud.execute(
            "UPDATE backups SET deleted = 1, status = 'deleted' WHERE id = ?",
            (first,),
        )
        before = self.tables()
        response = self.post_values(id=first, parent_id=second)
        self.assert_refused(
            400,
            [f'its parent {second} descends', '[parent_is_descendant]'],
            before,
            response,
        )


class TestLivingId(base.FunctionalTestCase):
    settings = {'config': UNSEEN}

    def test_refused_as_stock_does(self):
        backup_id = str(uuid.uuid4())
        self.assert_created(self.post_values(id=backup_id))
        before = self.tables()
        response = self.post_values(id=backup_id, size=9)
        self.assert_refused(
            400,
            [
                'Invalid backup: Backup already exists in database.',
                backup_id,
                '[backup_exists]',
            ],
            before,
            response,
        )


class TestLimbo(base.FunctionalTestCase):
    """A host that is up by its row and never answers."""

    settings = {
        'config': {'backup_meta': {'verify': 'none', 'rpc_timeout': 2}}
    }

    def setUp(self):
        super().setUp()
        self.cloud.execute(
            "UPDATE services SET disabled = 1 WHERE binary = 'cinder-backup'",
            (),
        )
        self._start_ghost()

    def _start_ghost(self):
        # Up for an hour, in Cinder's eyes; but nobody listens there.
        later = time.strftime(
            '%Y-%m-%d %H:%M:%S.000000', time.gmtime(time.time() + 3600)
        )
        self.cloud.execute(
            'INSERT INTO services (uuid, host, binary, topic, report_count, '
            'disabled, deleted, availability_zone, rpc_current_version, '
            'object_current_version, created_at, updated_at) SELECT ?, ?, '
            'binary, topic, 1, 0, 0, availability_zone, rpc_current_version, '
            'object_current_version, created_at, ? FROM services '
            "WHERE binary = 'cinder-backup' AND host != 'ghost' LIMIT 1",
            (str(uuid.uuid4()), 'ghost', later),
        )

    def test_lost_message_leaves_nothing(self):
        before = self.tables()
        response = self.post_values(id=str(uuid.uuid4()))
        self.assert_refused(
            503,
            ['ghost: did not answer in time'],
            before,
            response,
        )

    def test_nobody_is_up(self):
        self.cloud.execute("UPDATE services SET disabled = 1", ())
        before = self.tables()
        response = self.post_values(id=str(uuid.uuid4()))
        self.assert_refused(
            503,
            ['No cinder-backup service is enabled and up', 'service-list'],
            before,
            response,
        )


class TestSpreading(base.FunctionalTestCase):
    settings = {
        'backup_hosts': ('east', 'west'),
        'config': {**UNSEEN, 'DEFAULT': {'debug': True}},
    }

    def test_both_hosts_import(self):
        # By chance alone all would go to one host once in 2**19 runs.
        for _ in range(20):
            self.assert_created(self.post_values(id=str(uuid.uuid4()), size=1))
        hosts = {row['host'] for row in self.cloud.rows('backups')}
        self.assertEqual({'east', 'west'}, hosts)

    def test_refusal_is_not_passed_around(self):
        backup_id = str(uuid.uuid4())
        before = self.tables()
        response = self.post_values(id=backup_id, parent_id=str(uuid.uuid4()))
        self.assert_refused(400, ['[parent_missing]'], before, response)
        log = self.cloud.log_text()
        self.assertEqual(1, log.count(f'Import of backup {backup_id} refused'))

    def test_driver_that_no_host_has(self):
        before = self.tables()
        response = self.post_values(
            service='cinder.backup.drivers.ceph.CephBackupDriver'
        )
        self.assert_refused(
            503, ['east: ', 'west: ', '[service_mismatch]'], before, response
        )

    def setUp(self):
        super().setUp()
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/admin',
            json={'quota_set': {'backups': -1, 'backup_gigabytes': -1}},
        )


class TestQuietLog(base.FunctionalTestCase):
    """What a record says is nobody's business who reads the log."""

    settings = {'config': UNSEEN}

    def test_record_is_not_logged(self):
        secret = 'the-name-of-the-backup'
        good = _values(id=str(uuid.uuid4()), display_name=secret)
        bad = _values(display_name=secret, parent_id=str(uuid.uuid4()))
        worse = _values(display_name=secret, size='x')
        self.assert_created(self.post_record(good))
        for string in (bad, worse):
            before = self.tables()
            response = self.post_record(string)
            self.assert_refused(400, [], before, response)
        log = self.cloud.log_text()
        self.assertIn('Import of the record of backup', log)
        for text in (secret, good, bad, worse):
            self.assertNotIn(text, log)


class TestToldAtOnce(base.FunctionalTestCase):
    """The answer tells the outcome, and no row has to be looked at."""

    settings = {'config': UNSEEN}

    def test_quota(self):
        self.cloud.request(
            'PUT',
            '/v3/os-quota-sets/admin',
            json={'quota_set': {'backup_gigabytes': 5}},
        )
        before = self.tables()
        response = self.post_values(id=str(uuid.uuid4()), size=6)
        self.assert_refused(
            413,
            ['Requested 6G, quota is 5G', '[quota_exceeded]'],
            before,
            response,
        )

    def test_created_is_available(self):
        backup_id = str(uuid.uuid4())
        response = self.post_values(id=backup_id, size=1)
        self.assertEqual(backup_id, self.assert_created(response))
        self.assertEqual('available', self.backup_row(backup_id)['status'])

    def test_without_rights(self):
        record = _values(id=str(uuid.uuid4()))
        for roles in ('member', 'reader'):
            before = self.tables()
            response = self.post_record(record, token=f'bob:admin:{roles}')
            self.assert_refused(
                403, ['backup:backup-import'], before, response
            )
