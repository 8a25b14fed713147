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

import testtools

from cinder_backup_meta.record import results


def item(result, size='1', project_id='a', parent_id=None):
    return {
        'result': result,
        'size': size,
        'project_id': project_id,
        'parent_id': parent_id,
    }


class TestResults(testtools.TestCase):
    PAGES = [
        [
            item('created', '3'),
            item('created', '2', parent_id='x'),
            item('refused', None, None),
        ],
        [item('created', '5', 'b'), item('created'), item('unchanged')],
    ]

    def test_summarize(self):
        self.assertEqual(
            {
                'created': 2,
                'unchanged': 0,
                'refused': 1,
                'gigabytes': 5,
                'chains': 1,
                'projects': {'a': {'backups': 2, 'gigabytes': 5}},
            },
            results.summarize(self.PAGES[0]),
        )

    def test_pages_add_up_to_the_whole(self):
        total = results.empty()
        for page in self.PAGES:
            results.add(total, results.summarize(page))
        self.assertEqual(
            results.summarize([one for page in self.PAGES for one in page]),
            total,
        )


class TestOneOutcome(testtools.TestCase):
    def test_json_has_numbers_and_booleans(self):
        self.assertEqual(
            {'id': 'a', 'size': 7, 'ancestor': True},
            results.typed({'id': 'a', 'size': '7', 'ancestor': 'true'}),
        )
        self.assertEqual(
            {'size': None, 'ancestor': False},
            results.typed({'size': None, 'ancestor': None}),
        )
        self.assertEqual({'size': 0}, results.typed({'size': '0'}))

    def test_subject(self):
        item = {'id': 'a', 'name': 'x\n\x1b\u202eä', 'project_id': 'p'}
        self.assertEqual(
            'backup a "x\\n\\x1b\\u202eä" of project p',
            results.subject(item),
        )
        self.assertEqual(
            'line 7, backup a', results.subject({'line': 7, 'id': 'a'})
        )
        nobody = {'id': None, 'name': None, 'project_id': None}
        self.assertEqual('record 3', results.subject(nobody | {'index': 2}))
        self.assertEqual('line 4', results.subject(nobody | {'line': 4}))
        self.assertEqual('a record', results.subject(nobody))
