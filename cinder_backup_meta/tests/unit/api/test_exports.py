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

"""Who makes the record of a single backup.

The policy, which needs the configuration of a service, is left out.
"""

from cinder import context
from cinder import objects as cinder_objects
import fixtures

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import exports
from cinder_backup_meta import exception
from cinder_backup_meta.exporter import single
from cinder_backup_meta.repositories import drivers
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit import base
from cinder_backup_meta.tests.unit import rows


class Nobody:
    """No host is up."""

    def ask(self, call, first=None):
        raise exception.NoHost(hosts='none is up')


class TestExport(base.DatabaseTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MockPatchObject(context.RequestContext, 'authorize')
        )
        self.api = exports.Exports(Nobody())

    def _export(self, number):
        return self.api.export_record(self.context, rows.backup_id(number))

    def test_drivers_of_cinder_need_no_host(self):
        rows.insert(
            self.context,
            rows.backup(1),
            metadata=[(rows.backup_id(1), 'tier', 'gold')],
        )
        answer = self._export(1)
        self.assertEqual(samples.POSIX, answer['backup_service'])
        # A host writes the same.
        backup = cinder_objects.Backup.get_by_id(
            self.context, rows.backup_id(1)
        )
        record = single.get_record(
            self.context, backup, drivers.Instances(samples.POSIX)
        )
        self.assertEqual(record.to_string(), answer['backup_url'])
        self.assertEqual(
            backup.encode_record(driver_info={}), answer['backup_url']
        )

    def test_another_driver_may_add_something(self):
        rows.insert(
            self.context,
            rows.backup(1, service='vendor.Driver'),
            rows.backup(2, service=None),
        )
        for number in (1, 2):
            self.assertRaises(
                errors.BackupHostUnavailable, self._export, number
            )
