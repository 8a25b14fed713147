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

import base64
import json

import testtools

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import imports
from cinder_backup_meta import reasons
from cinder_backup_meta.record import limits
from cinder_backup_meta.record import results
from cinder_backup_meta.tests.unit.client import base
from cinder_backup_meta.tests.unit.client import server


class Importer:
    """Answers imports as described in ``doc/source/user/rest.rst``.

    It knows no more of records than their parents and sizes.
    """

    def __init__(self):
        self.backups = set()
        self.bad = set()

    def __call__(self, method, path, query, body):
        if path.endswith('/recover'):
            return self.recover(body['recover'])
        request = body['backup_records']
        values = [
            json.loads(base64.b64decode(string))
            for string in request['records']
        ]
        return self.import_(
            values, request.get('dry_run', False), request.get('planned', ())
        )

    def recover(self, request):
        start = int(request.get('marker', 0))
        end = start + request['limit']
        page = [
            json.loads(base64.b64decode(entry.backup_url))
            for entry in self.catalog[start:end]
        ]
        dry_run = request.get('dry_run', False)
        # The ancestors of a page come with it, and are reported again later.
        before = [entry.id for entry in self.catalog[:start]]
        status, answer = self.import_(page, dry_run, before if dry_run else ())
        answer['examined'] = 10 * len(page)
        answer['next_marker'] = str(end) if end < len(self.catalog) else None
        return status, answer

    def import_(self, page, dry_run, planned=()):
        there = self.backups | set(planned)
        refused = set()
        items = [self.outcome(values, there, refused) for values in page]
        if not dry_run:
            self.backups = there
        numbers = results.summarize(items)
        return 200, {
            'backup_records': items,
            'dry_run': dry_run,
            'summary': {**numbers, 'over_quota': ['project-9']},
        }

    def outcome(self, values, there, refused):
        code = None
        parent = values['parent_id']
        if values['id'] in self.bad:
            code = 'data_missing'
        elif parent in refused:
            code = 'parent_refused'
        elif parent and parent not in there:
            code = 'parent_missing'
        result = 'unchanged' if values['id'] in there else 'created'
        if code:
            refused.add(values['id'])
        else:
            there.add(values['id'])
        return {
            'id': values['id'],
            'result': 'refused' if code else result,
            'reason': code,
            'detail': code and 'why',
            'project_id': values['project_id'],
            'size': values['size'],
            'parent_id': parent,
        }


class TestImporting(server.TestCase):
    def setUp(self):
        super().setUp()
        self.entries = base.chains(4, length=5)
        self.importer = Importer()
        self.found, self.cloud = self.serve(self.importer)
        self.bundle = self.write_bundle(self.entries)
        self.progress = []
        self.outcomes = []

    def import_(self, page_size=3, **options):
        return imports.import_bundle(
            self.cloud,
            self.bundle,
            lambda *numbers: self.progress.append(numbers),
            self.outcomes.extend,
            page_size=page_size,
            **options,
        )

    def bodies(self):
        return [body for *_rest, body in self.found.requests]

    def test_all(self):
        report = self.import_(owner='record', projects=None)
        self.assertEqual(20, report.total['created'])
        self.assertEqual(4, report.total['chains'])
        self.assertEqual(60, report.total['gigabytes'])
        self.assertEqual(
            {'project-9': {'backups': 20, 'gigabytes': 60}},
            report.total['projects'],
        )
        self.assertEqual({'project-9'}, report.over_quota)
        self.assertEqual([], report.refused)
        self.assertEqual((20, 20), self.progress[-1])
        self.assertEqual(7, len(self.progress))
        self.assertEqual(
            [entry.id for entry in self.entries],
            [item['id'] for item in self.outcomes],
        )
        first = self.bodies()[0]['backup_records']
        self.assertEqual({'records', 'owner'}, set(first))

    def test_again(self):
        self.import_()
        report = self.import_(page_size=1000)
        self.assertEqual(20, report.total['unchanged'])
        self.assertEqual(0, report.total['created'])

    def test_refusals_are_kept(self):
        self.importer.bad = {self.entries[6].id}
        report = self.import_()
        self.assertEqual(16, report.total['created'])
        self.assertEqual(
            [entry.id for entry in self.entries[6:10]],
            [item['id'] for item in report.refused],
        )
        self.assertEqual('data_missing', report.refused[0]['reason'])
        self.assertEqual(report.refused, report.to_dict()['refusals'])

    def test_plan_is_that_of_one_page(self):
        self.importer.bad = {self.entries[6].id}
        plan = self.import_(page_size=1000, dry_run=True)
        self.assertEqual(set(), self.importer.backups)
        for size in (1, 2, 3, 6):
            self.found.requests.clear()
            paged = self.import_(page_size=size, dry_run=True)
            self.assertEqual(plan.total, paged.total)
            self.assertEqual(
                [item['id'] for item in plan.refused],
                [item['id'] for item in paged.refused],
            )
            requests = [body['backup_records'] for body in self.bodies()]
            self.assertNotIn('charged', requests[0])
            self.assertEqual(
                {'backups': size, 'gigabytes': 3 * size},
                requests[1]['charged']['project-9'],
            )
        self.assertTrue(plan.to_dict()['dry_run'])

    def test_stops_at_a_page_that_fails(self):
        self.importer.bad = {self.entries[4].id}
        report = self.import_(on_conflict='fail')
        self.assertEqual(2, len(self.found.requests))
        self.assertEqual(1, report.total['refused'])

    def test_altered_bundle(self):
        with open(self.bundle, 'ab') as stream:
            stream.write(b'\n')
        error = self.assert_refused(
            reasons.Reason.BUNDLE_ALTERED, self.import_
        )
        self.assertIn(self.bundle, str(error))
        self.assertEqual([], self.found.requests)

    def test_request_refused(self):
        self.found.answer = lambda *_request: (
            403,
            {'forbidden': {'message': 'Policy.'}},
        )
        self.assertRaises(errors.RequestFailed, self.import_)
        self.assertEqual([], self.progress)


class TestRecovering(server.TestCase):
    def setUp(self):
        super().setUp()
        self.importer = Importer()
        self.importer.catalog = base.chains(4, length=5)
        self.found, self.cloud = self.serve(self.importer)
        self.progress = []

    def recover(self, **options):
        return imports.recover(
            self.cloud,
            lambda *numbers: self.progress.append(numbers),
            page_size=6,
            **options,
        )

    def test_plan_counts_once_what_comes_with_several_pages(self):
        recover = self.importer.recover

        def with_ancestor(request):
            status, answer = recover(request)
            item = dict(
                answer['backup_records'][0], id='above', parent_id=None
            )
            answer['backup_records'].insert(0, item | {'ancestor': True})
            answer['summary']['created'] += 1
            return status, answer

        plan = self.recover(dry_run=True)
        self.importer.recover = with_ancestor
        self.assertEqual(
            plan.total['created'] + 1,
            self.recover(dry_run=True).total['created'],
        )

    def test_follows_the_markers(self):
        plan = self.recover(dry_run=True)
        report = self.recover(volume_id='v', name=None)
        self.assertEqual(20, report.total['created'])
        self.assertEqual(plan.total, report.total)
        self.assertEqual((200, None), self.progress[-1])
        self.assertEqual(
            [
                {'volume_id': 'v', 'limit': 6, **marker}
                for marker in (
                    {},
                    {'marker': '6'},
                    {'marker': '12'},
                    {'marker': '18'},
                )
            ],
            [body['recover'] for *_rest, body in self.found.requests[4:]],
        )


class TestSending(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.sizes = []

    def send_all(self, strings, refuse=None, max_records=1000):
        """Send records to a service that refuses some pages."""
        arrived = []

        def send(page):
            self.sizes.append(len(page))
            error = refuse and refuse(page)
            if error:
                raise error
            arrived.extend(page)
            return {'number': len(page)}

        answers = list(imports.send_all(send, iter(strings), max_records))
        self.assertEqual(len(arrived), sum(a['number'] for a in answers))
        return arrived

    def test_pages_of_records(self):
        strings = [str(n) for n in range(2500)]
        self.assertEqual(strings, self.send_all(strings))
        self.assertEqual([1000, 1000, 500], self.sizes)

    def test_nothing(self):
        self.assertEqual([], self.send_all([]))
        self.assertEqual([], self.sizes)

    def test_pages_of_characters(self):
        fat = 'x' * (limits.MAX_PAGE_LENGTH // 3)
        self.assertEqual(7 * [fat], self.send_all(7 * [fat]))
        self.assertEqual([3, 3, 1], self.sizes)

    def test_record_that_is_larger_than_a_page(self):
        giant = 'x' * (limits.MAX_PAGE_LENGTH + 1)
        self.assertEqual(['a', giant, 'b'], self.send_all(['a', giant, 'b']))
        self.assertEqual([1, 1, 1], self.sizes)

    def test_body_too_large(self):
        def refuse(page):
            if sum(map(len, page)) > 100:
                return errors.RequestFailed('large', status=413)

        strings = [f'{n:010}' for n in range(1000)]
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 500, 250, 125, 62, 31, 15, 7], self.sizes[:8])
        self.assertEqual({7, 6}, set(self.sizes[7:]))

    def test_connection_closed_over_a_large_body(self):
        limit = 114688

        def refuse(page):
            if sum(map(len, page)) > limit:
                return errors.Unreachable('closed')

        strings = ['x' * 2000] * 1000
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 55, 55], self.sizes[:3])

    def test_connection_lost(self):
        def refuse(_page):
            return errors.Unreachable('gone')

        self.assertRaises(
            errors.Unreachable, self.send_all, ['x' * 2000] * 1000, refuse
        )
        self.assertEqual([1000, 55], self.sizes)

    def test_too_many_records(self):
        def refuse(page):
            if len(page) > 300:
                return errors.RequestFailed(
                    'There are more than the option osapi_max_limit.',
                    status=400,
                )

        strings = [str(n) for n in range(1000)]
        self.assertEqual(strings, self.send_all(strings, refuse))
        self.assertEqual([1000, 500, 250, 250, 250, 250], self.sizes)

    def test_quota_is_no_matter_of_size(self):
        error = errors.RequestFailed(
            'No. [quota_exceeded]', code='quota_exceeded', status=413
        )
        self.assertRaises(
            errors.RequestFailed, self.send_all, ['a', 'b'], lambda _p: error
        )
        self.assertEqual([2], self.sizes)

    def test_one_record_too_large(self):
        error = errors.RequestFailed('large', status=413)
        self.assertRaises(
            errors.RequestFailed, self.send_all, ['a', 'b'], lambda _p: error
        )
        self.assertEqual([2, 1], self.sizes)
