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

import io
import os

import fixtures

from cinder_backup_meta.client import errors
from cinder_backup_meta.client import exports
from cinder_backup_meta.tests import samples
from cinder_backup_meta.tests.unit.client import base
from cinder_backup_meta.tests.unit.client import server


class Exporter:
    """Answers exports as described in ``doc/source/user/rest.rst``.

    :ivar fails_at: the number of the request to break off at
    """

    def __init__(self, entries, ancestors=None):
        self.entries = entries
        self.ancestors = ancestors or {}
        self.fails_at = None
        self.number = 0

    def __call__(self, method, path, query, body):
        self.number += 1
        if self.number == self.fails_at:
            return 503, {'serviceUnavailable': {'message': 'Restarting.'}}
        selected = self.entries
        if 'id' in query:
            ids = query['id'].split(',')
            selected = [entry for entry in selected if entry.id in ids]
        start = int(query.get('marker', 0))
        end = start + int(query['limit'])
        items = []
        for entry in selected[start:end]:
            items += [
                self.item(ancestor, True)
                for ancestor in self.ancestors.get(entry.id, ())
            ]
            items.append(self.item(entry, False))
        return 200, {
            'backup_records': items,
            'omitted': [{'id': str(start), 'reason': 'r', 'detail': 'd'}],
            'next_marker': str(end) if end < len(selected) else None,
        }

    def item(self, entry, ancestor):
        return {
            'id': entry.id,
            'backup_service': entry.backup_service,
            'backup_url': entry.backup_url,
            'ancestor': ancestor,
        }


class TestExporting(server.TestCase):
    def setUp(self):
        super().setUp()
        self.entries = base.chains(5)
        self.exporter = Exporter(self.entries)
        self.found, self.cloud = self.serve(self.exporter)
        self.progress = []

    def export(self, page_size=4, **arguments):
        return exports.export_bundle(
            self.cloud,
            self.path(),
            page_size=page_size,
            progress=lambda *numbers: self.progress.append(numbers),
            **arguments,
        )

    def queries(self):
        return [query for _method, _path, query, _body in self.found.requests]

    def test_pages_become_a_bundle(self):
        result = self.export(volume_id='v', name=None)
        header, entries = self.read_bundle(self.path())
        self.assertEqual(self.entries, entries)
        self.assertEqual(f'{self.found.url}/v3', header.cloud)
        self.assertEqual({'volume_id': 'v'}, header.selection)
        self.assertEqual(15, result.records)
        self.assertEqual(
            ['0', '4', '8', '12'], [item['id'] for item in result.omitted]
        )
        self.assertEqual(
            [(4, None), (8, None), (12, None), (15, None)], self.progress
        )
        self.assertEqual(
            {'limit': '4', 'volume_id': 'v', 'marker': '4'}, self.queries()[1]
        )

    def test_records_that_an_import_would_refuse(self):
        good, bad = (
            entry._replace(
                backup_url=samples.encode(
                    samples.record(
                        id=entry.id,
                        parent_id=entry.parent_id,
                        size=size,
                        display_name='x',
                    )
                )
            )
            for entry, size in zip(self.entries[:2], (1, -1), strict=True)
        )
        self.exporter.entries = [good, bad]
        self.exporter.ancestors = {bad.id: [good]}
        expected = [
            {
                'id': bad.id,
                'name': 'x',
                'project_id': 'project-9',
                'reason': 'invalid_field',
                'detail': 'size: must be from 0 to 2147483647',
            }
        ]
        self.assertEqual(expected, self.export(page_size=1).unreadable)
        # All the same it is in the bundle.
        self.assertEqual([good, bad], self.read_bundle(self.path())[1])
        stream = io.TextIOWrapper(io.BytesIO())
        with fixtures.MonkeyPatch('sys.stdout', stream):
            result = exports.export_bundle(self.cloud, '-', page_size=1)
        self.assertEqual(expected, result.unreadable)

    def test_records_that_no_bundle_can_hold(self):
        # One of them would make all of the bundle unreadable.
        good = self.entries[0]
        string = samples.encode(samples.record(id='x', display_name='n'))
        for changes in (
            {'id': 'not-a-uuid'},
            {'id': good.id.upper().replace('0', 'A')},
            {'backup_service': None},
        ):
            bad = self.entries[5]._replace(backup_url=string, **changes)
            self.exporter.entries = [bad, good]
            result = self.export(force=True)
            self.assertEqual(1, result.records)
            [item] = result.omitted[1:]
            self.assertEqual(
                (bad.id, 'n', 'bundle_line_invalid'),
                (item['id'], item['name'], item['reason']),
            )
            self.assertEqual([good], self.read_bundle(self.path())[1])

    def test_unreadable_records_of_the_interrupted_part(self):
        bad = self.entries[0]._replace(backup_url='e30=')
        self.exporter.entries = [bad, *self.entries[5:6]]
        self.exporter.fails_at = 2
        self.assertRaises(errors.RequestFailed, self.export, page_size=1)
        result = self.export(page_size=1, resume=True)
        self.assertIn(bad.id, [item['id'] for item in result.unreadable])

    def test_ancestors_come_once(self):
        third = self.entries[2].id
        self.exporter.entries = self.entries[2:] + self.entries[:2]
        self.exporter.ancestors[third] = self.entries[:2]
        self.export()
        entries = self.read_bundle(self.path())[1]
        self.assertEqual(self.entries, entries)

    def test_without_ancestors(self):
        self.export(ancestors=False, page_size=1000)
        self.assertEqual(
            [{'limit': '1000', 'ancestors': 'false'}], self.queries()
        )

    def test_resumes_where_it_was_interrupted(self):
        self.exporter.fails_at = 3
        self.assertRaises(errors.Unreachable, self.export)
        self.assertEqual(['bundle.part'], os.listdir(self.folder.path))
        self.found.requests.clear()
        result = self.export(resume=True)
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])
        self.assertEqual(['8', '12'], [q['marker'] for q in self.queries()])
        self.assertEqual(
            ['0', '4', '8', '12'], [item['id'] for item in result.omitted]
        )

    def test_resumes_when_only_the_end_was_missing(self):
        def interfere(done, _total):
            if done == len(self.entries):
                self.write_file(b'precious')

        self.assertRaises(
            errors.BundleRefused,
            exports.export_bundle,
            self.cloud,
            self.path(),
            progress=interfere,
        )
        os.unlink(self.path())
        self.found.requests.clear()
        self.export(resume=True)
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])
        self.assertEqual([], self.found.requests)

    def test_token_is_renewed_on_the_way(self):
        self.found.expire_after(2)
        self.export(page_size=1)
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])
        self.assertLess(5, self.found.tokens)

    def test_many_ids(self):
        entries = base.chains(80)
        self.exporter.entries = entries
        self.exporter.ancestors = {
            entry.id: entries[number // 3 * 3 : number]
            for number, entry in enumerate(entries)
        }
        ids = [entry.id for entry in entries[::-1]]
        self.exporter.fails_at = 4
        arguments = {'ids': ids + ids, 'page_size': 60}
        self.assertRaises(errors.Unreachable, self.export, **arguments)
        self.export(resume=True, **arguments)
        found = self.read_bundle(self.path())[1]
        self.assertEqual(sorted(entries), sorted(found))
        self.assertEqual(
            {40, 100},
            {len(query['id'].split(',')) for query in self.queries()},
        )

    def test_many_ids_without_ancestors(self):
        ids = [base.backup_id(n) for n in range(101)]
        self.assertRaises(ValueError, self.export, ids=ids, ancestors=False)
        self.assertEqual([], os.listdir(self.folder.path))

    def test_record_that_is_none(self):
        for string in ('!', 'AAAA', 'W10='):
            self.exporter.entries = [base.entry(1)._replace(backup_url=string)]
            self.assertRaises(errors.Unreachable, self.export, force=True)
