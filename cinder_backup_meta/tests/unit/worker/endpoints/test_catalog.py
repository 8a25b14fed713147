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

from cinder_backup_meta.catalog import passes
from cinder_backup_meta import objects
from cinder_backup_meta.record import codec
from cinder_backup_meta.tests.unit.catalog import base
from cinder_backup_meta.tests.unit import rows
from cinder_backup_meta.worker.endpoints import catalog as endpoint


class TestCatalog(base.CatalogTestCase):
    def setUp(self):
        super().setUp()
        self.insert(1, 2)
        passes.compare_all(self.context, self.maker)
        self.endpoint = endpoint.CatalogEndpoint(None)

    def list(self, limit=10, marker=None):
        selection = objects.BackupRecordSelection.with_defaults(self.context)
        return self.endpoint.list_records(
            self.context, selection, ['id:desc'], limit, marker
        )

    def test_list(self):
        answer = self.list()
        self.assertIsNone(answer.reason)
        self.assertEqual(
            [rows.backup_id(2), rows.backup_id(1)],
            [entry.id for entry in answer.objects],
        )
        answer = self.list(marker=rows.backup_id(2))
        self.assertEqual(
            [rows.backup_id(1)], [entry.id for entry in answer.objects]
        )

    def test_show(self):
        answer = self.endpoint.show_record(self.context, rows.backup_id(1))
        self.assertIsNone(answer.reason)
        [entry] = answer.objects
        self.assertEqual(rows.backup_id(1), codec.decode(entry.record)['id'])

    def test_status(self):
        answer = self.endpoint.catalog_status(self.context)
        self.assertIsNone(answer.reason)
        self.assertEqual((2, 0), (answer.current, answer.behind))

    def test_answers_cross_rpc(self):
        for answer in (
            self.list(),
            self.endpoint.show_record(self.context, rows.backup_id(1)),
            self.endpoint.catalog_status(self.context),
        ):
            # The names of what changed are in any order.
            answer.obj_reset_changes(recursive=True)
            sent = answer.obj_to_primitive()
            came = type(answer).obj_from_primitive(sent)
            self.assertEqual(sent, came.obj_to_primitive())

    def test_refusals_are_answers(self):
        answer = self.list(marker=rows.backup_id(9))
        self.assertEqual(([], 'invalid_marker'), _refusal(answer))
        answer = self.endpoint.show_record(self.context, rows.backup_id(9))
        self.assertEqual(([], 'record_not_found'), _refusal(answer))

    def test_catalog_that_is_down(self):
        self.catalog.break_()
        for answer in (
            self.list(),
            self.endpoint.show_record(self.context, rows.backup_id(1)),
        ):
            self.assertEqual(([], 'catalog_unavailable'), _refusal(answer))
        answer = self.endpoint.catalog_status(self.context)
        self.assertEqual('catalog_unavailable', answer.reason)
        self.assertIn('db sync', answer.detail)

    def test_error_that_nobody_foresaw(self):
        self.execute('ALTER TABLE backups RENAME TO lost')
        self.addCleanup(self.execute, 'ALTER TABLE lost RENAME TO backups')
        answer = self.endpoint.catalog_status(self.context)
        self.assertEqual('host_failed', answer.reason)


def _refusal(answer):
    return answer.objects, answer.reason
