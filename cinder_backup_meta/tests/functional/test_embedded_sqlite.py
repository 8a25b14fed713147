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

"""Cinder's own use of SQLite, and the trace of it."""

import sqlite3
import time

from cinder_backup_meta.tests.functional import base
from cinder_backup_meta.tests.functional import control_plane


class TestTraceOfCinder(base.FunctionalTestCase):
    """The option of the command."""

    settings = {
        'sql_trace': True,
        'config': {
            'DEFAULT': {
                # None at all: the first of a series comes at random within
                # a minute, whatever the interval.
                'report_interval': 0,
                'service_down_time': 9000,
                'periodic_interval': 0,
            }
        },
    }

    def test_quiet_when_nothing_is_asked(self):
        self.cloud.request('GET', '/v3/volumes')
        # What belongs to the start of a service may come late.
        deadline = time.monotonic() + control_plane.TIMEOUT
        while self._count() != self._count_after(3):
            self.assertLess(time.monotonic(), deadline)

    def _count(self):
        return len(self.cloud.sql_events())

    def _count_after(self, seconds):
        time.sleep(seconds)
        return self._count()

    def test_volume(self):
        volume_id = self.cloud.create_volume()
        before = len(self.cloud.sql_events())
        self.cloud.request('GET', f'/v3/volumes/{volume_id}')
        events = self.cloud.sql_events()[before:]
        self.assertTrue(
            [
                event
                for event in events
                if 'FROM volumes' in event.get('statement', '')
            ]
        )
        begun = {
            event['transaction']
            for event in events
            if event['event'] == 'begin'
        }
        ended = {
            event['transaction']
            for event in events
            if event['event'] in ('commit', 'rollback')
        }
        self.assertEqual(begun, ended)

    def test_migrations_are_left_out(self):
        self.assertEqual(
            [],
            [
                event
                for event in self.cloud.sql_events()
                if 'CREATE TABLE' in event.get('statement', '')
            ],
        )

    def test_database_is_in_wal_mode(self):
        path = self.cloud.path('cinder.sqlite')
        with sqlite3.connect(path) as connection:
            self.assertEqual(
                ('wal',), connection.execute('PRAGMA journal_mode').fetchone()
            )
