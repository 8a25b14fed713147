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

import json
import os
import stat
import subprocess
import sys

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import zstd
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base

OMITTED = {'id': base.backup_id(99), 'reason': 'x', 'detail': 'why'}


class TestWriting(base.TestCase):
    def setUp(self):
        super().setUp()
        self.entries = base.chains(2)

    def begin(self, **arguments):
        """Write a page, and leave the bundle unfinished."""
        with bundle.write(self.path(), base.CLOUD, **arguments) as writer:
            writer.add_page(self.entries[:2], 'first', [OMITTED])

    def go_on(self, **arguments):
        """Write the remaining pages, and finish the bundle."""
        with bundle.write(self.path(), base.CLOUD, **arguments) as writer:
            writer.add_page(self.entries[2:], None)
            writer.finish()

    def files(self):
        return sorted(os.listdir(self.folder.path))

    def test_only_the_owner_can_read_it(self):
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        self.begin()
        for name in ('bundle.part', 'bundle'):
            mode = stat.S_IMODE(os.stat(self.path(name)).st_mode)
            self.assertEqual(0o600, mode)
            if name == 'bundle.part':
                self.go_on(resume=True)
        self.assertEqual(['bundle'], self.files())

    def test_lines_can_be_read_by_anyone(self):
        self.write_bundle(self.entries)
        head, *records, end = map(json.loads, self.read_file().splitlines())
        self.assertEqual(
            ['format', 'version', 'created_at', 'cloud', 'selection'],
            list(head),
        )
        self.assertEqual([entry._asdict() for entry in self.entries], records)
        self.assertEqual(len(self.entries), end['records'])

    def test_compressed_by_its_name(self):
        path = self.write_bundle(self.entries, 'bundle.zst')
        plain = zstd.zstd.decompress(self.read_file('bundle.zst'))
        self.assertEqual(b'{"format": ', plain[:11])
        self.assertEqual(self.entries, self.read_bundle(path)[1])

    def test_what_repeats_is_left_out(self):
        with bundle.write(self.path()) as writer:
            writer.add_page(self.entries[:2], 'a')
            writer.add_page(self.entries[1:4], 'b')
            writer.add_page([self.entries[0], *self.entries[4:]], None)
            self.assertEqual(len(self.entries), writer.records)
            writer.finish()
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])

    def test_parent_after_child(self):
        with bundle.write(self.path()) as writer:
            self.assert_refused(
                reasons.Reason.BUNDLE_ORDER,
                writer.add_page,
                [self.entries[1], self.entries[0]],
                None,
            )

    def test_existing_file(self):
        self.write_file(b'precious')
        error = self.assert_refused(
            reasons.Reason.BUNDLE_EXISTS, bundle.write, self.path()
        )
        self.assertIn('--force', str(error))
        self.assertEqual(['bundle'], self.files())
        self.assertEqual(b'precious', self.read_file())
        self.write_bundle(self.entries, force=True)
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])

    def test_file_that_appears_meanwhile(self):
        with bundle.write(self.path()) as writer:
            writer.add_page(self.entries, None)
            self.write_file(b'precious')
            self.assert_refused(reasons.Reason.BUNDLE_EXISTS, writer.finish)
        self.assertEqual(b'precious', self.read_file())
        self.assertEqual(['bundle', 'bundle.part'], self.files())

    def test_no_regular_file(self):
        for path in (self.path('.'), os.devnull):
            self.assert_refused(
                reasons.Reason.BUNDLE_UNWRITABLE,
                bundle.write,
                path,
                force=True,
            )

    def test_folder_missing(self):
        error = self.assert_refused(
            reasons.Reason.BUNDLE_UNWRITABLE,
            bundle.write,
            self.path('no/bundle'),
        )
        self.assertIn('No such file or directory', str(error))

    def test_disk_full(self):
        with bundle.write(self.path()) as writer:
            writer._stream.close()
            writer._stream = open('/dev/full', 'wb', buffering=0)
            self.assert_refused(
                reasons.Reason.BUNDLE_UNWRITABLE,
                writer.add_page,
                self.entries,
                None,
            )

    def test_link_in_the_place_of_the_part(self):
        precious = self.write_file(b'precious', 'other')
        os.symlink(precious, self.path('bundle.part'))
        self.assert_refused(
            reasons.Reason.BUNDLE_UNWRITABLE,
            bundle.write,
            self.path(),
            force=True,
        )
        self.assertEqual(b'precious', self.read_file('other'))

    def test_standard_output(self):
        script = (
            'from cinder_backup_meta.client import bundle\n'
            'from cinder_backup_meta.tests.unit.client import base\n'
            'with bundle.write("-", base.CLOUD) as writer:\n'
            '    writer.add_page(base.chains(2), None)\n'
            '    writer.finish()\n'
        )
        output = subprocess.check_output([sys.executable, '-c', script])
        path = self.write_file(output)
        self.assertEqual(self.entries, self.read_bundle(path)[1])
