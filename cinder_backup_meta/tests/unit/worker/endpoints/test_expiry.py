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

"""Requests that reach a host after their caller has given up."""

import types

from cinder import objects as cinder_objects

from cinder_backup_meta.db.cinder import server_clock
from cinder_backup_meta import objects
from cinder_backup_meta.retention import retained
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import catalog_database
from cinder_backup_meta.tests.unit.importer import base
from cinder_backup_meta.worker.endpoints import imports
from cinder_backup_meta.worker.endpoints import recovery
from cinder_backup_meta.worker.endpoints import retention


class TestExpiry(base.PageTestCase):
    def setUp(self):
        super().setUp()
        cinder_objects.register_all()
        self.catalog = self.useFixture(catalog_database.CatalogDatabase())
        self.manager = types.SimpleNamespace(
            driver_name=samples.POSIX,
            host='host-1',
            az='az-1',
            catalog=types.SimpleNamespace(put=lambda *ids: None),
        )
        self.patch(
            base.worker_host.Host,
            'of_manager',
            lambda *args: base.host(base.Driver(), base.Repository()),
        )

    def methods(self):
        """Return all methods that write, ready to be called."""
        string = samples.encode(samples.record())
        record = objects.BackupRecord.from_string(self.context, string, 0)
        many = objects.BackupRecordBatchOptions.with_defaults(self.context)
        endpoint = imports.ImportsEndpoint(self.manager)
        return {
            'import_record': lambda **time: endpoint.import_record(
                self.context,
                record,
                samples.POSIX,
                objects.BackupRecordOptions.with_defaults(self.context),
                **time,
            ),
            'import_records': lambda **time: endpoint.import_records(
                self.context,
                objects.BackupRecordBatch(
                    self.context, records=[base.string(1)]
                ),
                many,
                **time,
            ),
            'recover_records': lambda **time: recovery.RecoveryEndpoint(
                self.manager
            ).recover_records(
                self.context,
                objects.BackupRecordSelection.with_defaults(self.context),
                many,
                10,
                None,
                **time,
            ),
            'release': lambda **time: retention.RetentionEndpoint(
                self.manager
            ).release(self.context, samples.ID, **time),
        }

    def test_too_late(self):
        retained.retain(self.context, samples.ID)
        before = self.tables()
        for name, call in self.methods().items():
            with self.subTest(method=name):
                answer = call(expires_at=server_clock.now(self.context) - 1)
                self.assertEqual('host_failed', answer.reason)
                self.assertIn('nothing was written', answer.detail)
                self.assertEqual(before, self.tables())
                self.assertTrue(retained.is_retained(self.context, samples.ID))

    def test_in_time_and_of_older_callers(self):
        for time in ({'expires_at': server_clock.now(self.context) + 300}, {}):
            self.reset()
            for name, call in self.methods().items():
                with self.subTest(method=name, time=time):
                    answer = call(**time)
                    self.assertIsNone(answer.reason, answer.detail)
