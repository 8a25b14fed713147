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

from cinder_backup_meta.client.bundle import summary
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base


class TestSummary(base.TestCase):
    def test_numbers(self):
        entries = [
            *base.chains(2),
            base.entry(8, parent=7, project_id=None, created_at=None),
            base.entry(
                9,
                created_at='2026-03-04T05:06:07Z',
                encryption_key_id=base.backup_id(5),
            ),
        ]
        found = summary.summarize(
            self.write_bundle(entries, selection={'name': 'n'})
        )
        created_at = found.pop('created_at')
        self.assertRegex(created_at, '^20.*Z$')
        self.assertEqual(
            {
                'version': '1.0',
                'cloud': base.CLOUD,
                'selection': {'name': 'n'},
                'records': 8,
                'chains': 3,
                'gigabytes': 24,
                'encrypted': 1,
                'first_created_at': '2026-01-02T03:04:05Z',
                'last_created_at': '2026-03-04T05:06:07Z',
                'services': {entries[0].backup_service: 8},
                'projects': {
                    'project-9': {'backups': 7, 'gigabytes': 21},
                    '-': {'backups': 1, 'gigabytes': 3},
                },
                'parents_elsewhere': [base.backup_id(7)],
                'refusals': [],
            },
            found,
        )

    def test_records_that_can_not_be_read(self):
        bad = base.entry(2, size=-7)
        found = summary.summarize(self.write_bundle([base.entry(1), bad]))
        [refusal] = found['refusals']
        self.assertEqual(bad.id, refusal['id'])
        self.assertEqual('invalid_field', refusal['reason'])
        self.assertIn('size', refusal['detail'])
        self.assertEqual(3, found['gigabytes'])

    def test_altered(self):
        path = self.write_bundle([base.entry(1)])
        with open(path, 'ab') as stream:
            stream.write(b' ')
        self.assert_refused(
            reasons.Reason.BUNDLE_TRUNCATED, summary.summarize, path
        )
