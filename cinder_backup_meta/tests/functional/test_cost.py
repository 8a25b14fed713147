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

"""What an import costs the database."""

import uuid

from cinder_backup_meta.tests.functional import base

#: No heartbeat and no periodic task may come between.
QUIET = {
    'DEFAULT': {
        'report_interval': 0,
        'periodic_interval': 0,
        'service_down_time': 9000,
    },
    # The records of this test have no data behind them.
    'backup_meta': {'verify': 'none'},
    # It reads Cinder's database in the background.
    'backup_meta_catalog': {'capture': False},
}


class TestCost(base.FunctionalTestCase):
    settings = {'config': QUIET, 'sql_trace': True}

    def _cost_of_import(self, **changes):
        before = len(self.cloud.sql_events())
        self.assert_created(self.post_values(**changes))
        events = self.cloud.sql_events()[before:]
        statements = [
            event['statement']
            for event in events
            if event['event'] == 'statement'
        ]
        transactions = [e for e in events if e['event'] == 'begin']
        return statements, len(transactions)

    def _check(self, **changes):
        statements, transactions = self._cost_of_import(**changes)
        self.assertTrue(
            any('INSERT INTO backups' in text for text in statements)
        )
        self.assertLessEqual(len(statements), 12, '\n'.join(statements))
        self.assertLessEqual(transactions, 2)

    def test_import_of_one_record(self):
        # After it the clock of the database server is known for a while.
        self._cost_of_import(id=str(uuid.uuid4()))
        parent_id = str(uuid.uuid4())
        # The first of a project makes its usage rows too.
        self._check(id=parent_id)
        self._check(id=str(uuid.uuid4()))
        self._check(
            id=str(uuid.uuid4()),
            parent_id=parent_id,
            created_at='2026-01-03T00:00:00Z',
            metadata={'a': '1', 'b': '2'},
        )
