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

"""What an operator does when all is over, until everything agrees."""

import json
import time

from cinderclient import exceptions as cinder_exceptions

from cinder_backup_meta.tests.functional import process

_PATIENCE = 180
_TIMEOUT = 600
_MOVING = ('creating', 'deleting', 'restoring')

#: What stock Cinder leaves behind where cinder-backup is killed, and what
#: mends it; doc/source/contributor/testing.rst explains how each arises.
RESERVATION_LEFT = 'reservation_left'
MENDING = {
    'quota_miscounted': (('cinder-manage', 'quota', 'sync'),),
    'children_miscounted': (
        ('cinder-backup-meta-manage', 'repair', '--counts', '--apply'),
    ),
    # cinder-scheduler does it by itself, when its time has come.
    RESERVATION_LEFT: (),
}


class Operator:
    """Tidies up, and checks.

    :param plane: the control plane, all of whose services run
    :param database: the :class:`losing.Database`
    :param tally: the :class:`tally.Tally`
    :param say: prints a line
    """

    def __init__(self, plane, database, tally, say):
        self._plane, self._database = plane, database
        self._tally, self._say = tally, say

    def run(self):
        """Tidy up and check; return whether all agrees in the end."""
        self._wait_until_nothing_moves()
        self._delete_failed()
        self._repair()
        self._wait_for_catalog()
        found = self._check()
        self._print(found)
        if found['verdict'] == 'agree':
            return self._is_still(found)
        codes = {
            item['code']: item['differences']
            for item in found['findings']
            if item['differences']
        }
        if not set(codes) <= set(MENDING):
            return False
        for code, number in codes.items():
            self._say(f'stock Cinder has left {code}: {number}')
            self._tally.add(self._tally.mended, code, number)
            for command in MENDING[code]:
                self._say(self._run(*command).stdout.strip())
        if RESERVATION_LEFT in codes:
            self._wait_for_reservations()
        self._wait_for_catalog()
        found = self._check()
        self._print(found)
        return found['verdict'] == 'agree' and self._is_still(found)

    def _is_still(self, found):
        """Return whether everything could be compared."""
        return not found['in_motion'] and not found['not_compared']

    def _run(self, program, *arguments):
        command = [*self._plane.command(program), *arguments]
        return process.call(command, _TIMEOUT, codes=None)

    def _check(self):
        start = time.monotonic()
        done = self._run(
            'cinder-backup-meta-manage',
            'check',
            '--older-than=1',
            '--format=json',
        )
        self._say(
            f'check: exit status {done.returncode}, '
            f'{time.monotonic() - start:.1f} s'
        )
        if done.stderr:
            self._say(done.stderr.strip())
        return json.loads(done.stdout)

    def _print(self, found):
        self._say(
            f'check: {found["verdict"]}, differences {found["differences"]}, '
            f'in motion {found["in_motion"]}, compared {found["compared"]}'
        )
        for item in found['findings']:
            for one in item['items']:
                self._say(
                    f'  {item["code"]}: backup {one["backup_id"]} project '
                    f'{one["project_id"]}: {one["detail"]}'
                )

    def _statuses(self):
        return self._database.select(
            'SELECT id, status, parent_id FROM backups WHERE NOT deleted AND '
            "(status IS NULL OR status <> 'available') "
            'ORDER BY created_at DESC'
        )

    def _wait_until_nothing_moves(self):
        self._wait(
            lambda: not any(row.status in _MOVING for row in self._statuses()),
            'backups stay in motion',
        )

    def _delete_failed(self):
        """Delete what has failed, children first."""
        cinder = self._plane.client()
        for row in self._statuses():
            kind = f'delete of one in {row.status}'
            try:
                if row.status != 'error':
                    cinder.backups.reset_state(row.id, 'error')
                cinder.backups.delete(row.id)
            except cinder_exceptions.ClientException as error:
                self._say(f'{kind}: {error}')
                continue
            self._tally.add(self._tally.mended, kind)
        self._wait_until_nothing_moves()
        for row in self._statuses():
            self._say(f'left: {row.id} {row.status}')

    def _repair(self):
        done = self._run(
            'cinder-backup-meta-manage',
            'repair',
            '--apply',
            '--older-than=1',
            '--format=json',
        )
        number = json.loads(done.stdout)['totals']['rows']
        self._tally.add(self._tally.mended, 'import left behind', number)

    def _wait_for_catalog(self):
        def is_level():
            response = self._plane.request('GET', '/v3/backup-records/status')
            return (
                response.ok
                and not response.json()['backup_records_status']['behind']
            )

        self._wait(is_level, 'the catalog stays behind')

    def _wait_for_reservations(self):
        self._wait(
            lambda: (
                not self._database.select(
                    'SELECT id FROM reservations WHERE NOT deleted AND '
                    "resource LIKE 'backup%'"
                )
            ),
            'reservations do not expire',
        )

    def _wait(self, is_so, otherwise):
        deadline = time.monotonic() + _PATIENCE
        while not is_so():
            if time.monotonic() > deadline:
                self._say(otherwise)
                return
            time.sleep(0.5)
