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

"""Who may do what, where Keystone says who one is."""

import uuid

from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import identity
from cinder_backup_meta.tests import samples

_OTHERS = [
    f'{user}:{project}'
    for user in ('member', 'reader')
    for project in identity.PROJECTS
]


def _reads(backup_id):
    """Return the calls that read, as (method, path, body)."""
    return [
        ('GET', f'/v3/backups/{backup_id}/export_record', None),
        ('GET', f'/v3/backup-records/{backup_id}', None),
        ('GET', '/v3/backup-records', None),
        ('GET', '/v3/backup-records/detail', None),
        ('GET', '/v3/backup-records/status', None),
        ('GET', '/v3/backup-records/export', None),
    ]


def _writes(backup_id, string):
    """Return the calls that write, in the same form."""
    stock = {'backup_service': samples.POSIX, 'backup_url': string}
    return [
        ('POST', '/v3/backups/import_record', {'backup-record': stock}),
        (
            'POST',
            '/v3/backup-records/import',
            {'backup_record': {'backup_url': string, 'verify': 'none'}},
        ),
        (
            'POST',
            '/v3/backup-records/import',
            {'backup_records': {'records': [string], 'verify': 'none'}},
        ),
        ('POST', '/v3/backup-records/recover', {'recover': {}}),
        ('POST', '/v3/backup-records/recover', {'recover': {'dry_run': True}}),
        (
            'POST',
            f'/v3/backup-records/{backup_id}/action',
            {'release': None},
        ),
    ]


class TestRoles(base.FullStackTestCase):
    """A backup in the project ``admin``; and who asks after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.backup_id = str(uuid.uuid4())
        cls.string = samples.encode(samples.record(id=cls.backup_id))
        response = cls.cloud.request(
            'POST',
            '/v3/backup-records/import',
            json={
                'backup_record': {'backup_url': cls.string, 'verify': 'none'}
            },
        )
        response.raise_for_status()

    def _ask(self, call, who):
        method, path, body = call
        response = self.cloud.request(method, path, json=body, token=who)
        return response.status_code, response.text

    def test_admin_may(self):
        for project in identity.PROJECTS:
            for call in _reads(self.backup_id):
                status, text = self._ask(call, f'admin:{project}')
                self.assertEqual(200, status, f'{call}: {text}')
                self.assertIn('backup', text)

    def test_nobody_else_may(self):
        before = self.tables()
        unknown = str(uuid.uuid4())
        for who in _OTHERS:
            for call in (
                *_reads(self.backup_id),
                *_writes(self.backup_id, self.string),
                *_writes(unknown, samples.encode(samples.record(id=unknown))),
            ):
                status, text = self._ask(call, who)
                self.assertEqual(403, status, f'{who} {call}: {text}')
                self.assertNotIn(self.backup_id, text)
        self.assertEqual(before, self.tables())

    def test_nothing_is_learnt(self):
        # What is there and what is not are refused in the same words, and so
        # are a record that could be imported and one that could not be.
        unknown = str(uuid.uuid4())
        for who in _OTHERS:
            for there, absent in zip(
                (*_reads(self.backup_id), *_writes(self.backup_id, 'e30=')),
                (*_reads(unknown), *_writes(unknown, self.string)),
                strict=True,
            ):
                self.assertEqual(
                    self._ask(there, who), self._ask(absent, who), there
                )

    def test_token_of_nobody(self):
        for call in (*_reads(self.backup_id), *_writes('x', self.string)):
            for token in (None, 'forged'):
                method, path, body = call
                headers = {'X-Auth-Token': token} if token else {}
                response = self.cloud.request(
                    method, path, json=body, token=None, headers=headers
                )
                self.assertEqual(401, response.status_code, call)

    def test_the_commands_say_so(self):
        for who in ('member:admin', 'reader:other'):
            for run, arguments in (
                (self.cloud.cinder, ('backup-export', self.backup_id)),
                (
                    self.cloud.cinder,
                    ('backup-import', samples.POSIX, self.string),
                ),
                (
                    self.cloud.openstack,
                    ('volume', 'backup', 'record', 'list'),
                ),
                (
                    self.cloud.openstack,
                    ('volume', 'backup', 'record', 'recover'),
                ),
            ):
                code, output, error = run(*arguments, check=False, who=who)
                self.assertNotEqual(0, code, arguments)
                self.assertEqual('', output, arguments)
                self.assertIn('403', error, arguments)
                self.assertNotIn('Traceback', error)
