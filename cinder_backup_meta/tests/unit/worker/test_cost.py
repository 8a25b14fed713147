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

"""What a request costs cinder-backup beyond its own work.

The requests are answered by the real endpoints of a real manager, with
Cinder's posix driver and real data.
"""

import inspect

from cinder.backup.drivers import posix
from cinder.db import api as cinder_db
from cinder import objects as cinder_objects
import fixtures

from cinder_backup_meta import objects
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import test_manager


class TestStart(test_manager.DeleteTestCase):
    """What belongs to the start of the service is not done in a request."""

    def setUp(self):
        super().setUp()
        self.make_backup()
        self.manager.catalog.put(samples.ID)
        self.manager.catalog.join(test_manager.TIMEOUT)
        self.record = self._record(self.call('export_record', samples.ID))
        self.built = self._count(posix.PosixBackupDriver, '__init__')
        self.disposed = self._count(cinder_db, 'dispose_engine')

    def _record(self, answer):
        self.assertIsNone(answer.reason, answer.detail)
        return answer.record

    def _count(self, owner, name):
        """Return a list that grows by one with each call of a function."""
        calls = []
        function = getattr(owner, name)

        def count(*args, **kwargs):
            calls.append(name)
            return function(*args, **kwargs)

        self.useFixture(fixtures.MockPatchObject(owner, name, count))
        return calls

    def call(self, name, *args):
        """Call an RPC method as cinder-api does."""
        [method] = [
            getattr(endpoint, name)
            for endpoint in self.manager.additional_endpoints
            if hasattr(endpoint, name)
        ]
        return method(self.context, *args)

    def lose(self):
        self.empty_database()

    def answers(self):
        """Send every request once; return the answers by its name."""
        selection = objects.BackupRecordSelection.with_defaults(self.context)
        many = objects.BackupRecordBatchOptions.with_defaults(self.context)
        batch = objects.BackupRecordBatch(
            self.context, records=[self.record.to_string()]
        )
        backup = cinder_objects.Backup.get_by_id(self.context, samples.ID)
        single = objects.BackupRecordOptions.with_defaults(self.context)
        requests = [
            ('export_record', samples.ID),
            ('export_records', selection, 10, None),
            ('list_records', selection, ['id:asc'], 10, None),
            ('show_record', samples.ID),
            ('catalog_status',),
            ('is_retained', samples.ID),
            ('release', samples.ID),
            ('restore_target', backup),
            ('import_records', batch, many),
            ('recover_records', selection, many, 10, None),
            ('import_record', self.record, samples.POSIX, single),
        ]
        found = {}
        for name, *args in requests:
            if name.startswith(('import', 'recover')):
                self.lose()
            found[name] = self.call(name, *args)
            self.manager.catalog.join(test_manager.TIMEOUT)
        return found

    def test_driver_is_built_once_for_all_requests(self):
        for _round in range(3):
            answers = self.answers()
            for name, answer in answers.items():
                self.assertIsNone(getattr(answer, 'reason', None), name)
            for name in ('import_records', 'recover_records'):
                [item] = answers[name].items
                self.assertEqual('created', item['result'])
        self.assertEqual(['__init__'], self.built)
        # By the base classes of the driver and of its metadata API.
        self.assertEqual(2, len(self.disposed))

    def test_export_builds_no_driver(self):
        self.call('export_record', samples.ID)
        self.assertEqual([], self.built + self.disposed)

    def test_every_request_is_tried(self):
        methods = {
            name
            for endpoint in self.manager.additional_endpoints
            if hasattr(endpoint, '_manager')
            for name, _method in inspect.getmembers(endpoint, inspect.ismethod)
            if not name.startswith('_')
        }
        self.assertEqual(methods, set(self.answers()))
