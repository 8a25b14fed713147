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

"""Stand-ins for cinder-backup hosts with different drivers.

They answer in place of the RPC interface, because hosts with different drivers
cannot run in one process. Everything else is real.
"""

from cinder_backup_meta.api import hosts
from cinder_backup_meta import objects
from cinder_backup_meta.tests.unit import base


class Fleet:
    """Hosts by name, each with the backup driver whose records it takes.

    A record is, for these tests, the name of its backup driver.
    """

    def __init__(self, **drivers):
        self.drivers = drivers
        self.asked = []

    def import_records(self, context, host, batch, options):
        self.asked.append((host, list(batch.records)))
        driver = self.drivers[host]
        if isinstance(driver, Exception):
            raise driver
        fits = [record == driver for record in batch.records]
        blocked = options.on_conflict == 'fail' and not all(fits)
        items = [self._item(fit, blocked) for fit in fits]
        return objects.BackupRecordPage.done(
            context, backup_service=driver, items=items, over_quota=[driver]
        )

    def recover_records(
        self, context, host, selection, options, limit, marker
    ):
        """Recover the selected records, or one of each driver."""
        self.asked.append((host, selection.backup_ids))
        driver = self.drivers[host]
        if isinstance(driver, Exception):
            raise driver
        items = [
            self._item(record == driver, False) | {'id': record}
            for record in selection.backup_ids or ['a', 'b', 'z']
        ]
        return objects.BackupRecordPage.done(
            context,
            backup_service=driver,
            items=items,
            over_quota=[driver],
            next_marker=marker,
            examined=limit,
        )

    def _item(self, fits, blocked):
        item = dict.fromkeys(
            ('id', 'reason', 'detail', 'project_id', 'size', 'parent_id')
        )
        if not fits:
            return item | {'result': 'refused', 'reason': 'service_mismatch'}
        if blocked:
            return item | {'result': 'refused', 'reason': 'page_refused'}
        return item | {'result': 'created', 'id': 'x'}


class TestCase(base.TestCase):
    def setUp(self):
        super().setUp()
        # The policy file is searched for where the configuration is.
        base.CONF([], project='cinder', default_config_files=[])

    def hosts(self, fleet):
        """Return the fleet as live hosts, to be asked in its order."""
        live_hosts = hosts.Hosts.__new__(hosts.Hosts)
        live_hosts.rpcapi = fleet
        live_hosts.begin = lambda first=None: hosts.Round(fleet.drivers)
        return live_hosts
