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

import os
import signal
import subprocess
import sys

from cinder_backup_meta.client import bundle
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base

OMITTED = {'id': base.backup_id(99), 'reason': 'x', 'detail': 'why'}


class TestResuming(base.TestCase):
    def setUp(self):
        super().setUp()
        self.entries = base.chains(2)
        with bundle.write(self.path(), base.CLOUD) as writer:
            writer.add_page(self.entries[:2], 'first', [OMITTED])
        self.part = self.read_file('bundle.part')

    def resume(self, **arguments):
        arguments.setdefault('cloud', base.CLOUD)
        return bundle.write(self.path(), resume=True, **arguments)

    def check_first(self, writer):
        """Check that a writer continues after the first page."""
        self.assertEqual('first', writer.marker)
        self.assertEqual([OMITTED], writer.omitted)
        self.assertEqual(2, writer.records)
        self.assertFalse(writer.done)

    def finish(self, writer):
        """Write the other pages, and look at the bundle."""
        writer.add_page(self.entries[1:], None)
        writer.finish()
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])
        self.assertEqual(['bundle'], os.listdir(self.folder.path))

    def test_goes_on(self):
        with self.resume() as writer:
            self.check_first(writer)
            self.finish(writer)

    def test_interrupted_anywhere_in_the_second_page(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:4], 'second')
        content = self.read_file('bundle.part')
        for size in range(len(self.part), len(content), 13):
            self.write_file(content[:size], 'bundle.part')
            with self.resume() as writer:
                self.check_first(writer)
            self.assertEqual(self.part, self.read_file('bundle.part'))
        self.write_file(content, 'bundle.part')
        with self.resume() as writer:
            self.assertEqual('second', writer.marker)
            self.finish(writer)

    def test_interrupted_in_the_first_page(self):
        header = self.part.index(b'\n') + 1
        self.write_file(self.part[: header + 100], 'bundle.part')
        with self.resume() as writer:
            self.assertIsNone(writer.marker)
            self.assertFalse(writer.done)
            writer.add_page(self.entries[:2], 'first')
            self.finish(writer)

    def test_interrupted_at_the_end(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:], None)
        with self.resume() as writer:
            self.assertTrue(writer.done)
            writer.finish()
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])

    def test_the_first_line_stays(self):
        line = self.part.partition(b'\n')[0].replace(b'"20', b'"19', 1)
        with self.resume() as writer:
            self.finish(writer)
        self.assertEqual(
            self.part.partition(b'\n')[0], self.read_file().partition(b'\n')[0]
        )
        self.assertNotEqual(line, self.read_file().partition(b'\n')[0])

    def test_killed(self):
        script = (
            'import os, signal, sys\n'
            'from cinder_backup_meta.client import bundle\n'
            'from cinder_backup_meta.tests.unit.client import base\n'
            'writer = bundle.write(sys.argv[1], base.CLOUD, resume=True)\n'
            'writer.add_page(base.chains(2)[2:4], "second")\n'
            'os.kill(os.getpid(), signal.SIGKILL)\n'
        )
        done = subprocess.run([sys.executable, '-c', script, self.path()])
        self.assertEqual(-signal.SIGKILL, done.returncode)
        with self.resume() as writer:
            self.assertEqual('second', writer.marker)
            self.finish(writer)

    def test_nothing_to_resume(self):
        os.unlink(self.path('bundle.part'))
        self.assert_refused(reasons.Reason.BUNDLE_PART_MISSING, self.resume)
        self.assertEqual([], os.listdir(self.folder.path))

    def test_finished_file_is_there(self):
        self.write_file(b'precious')
        self.assert_refused(reasons.Reason.BUNDLE_EXISTS, self.resume)
        with self.resume(force=True) as writer:
            self.finish(writer)

    def test_other_selection(self):
        error = self.assert_refused(
            reasons.Reason.BUNDLE_PART_DIFFERS,
            self.resume,
            selection={'volume_id': 1},
        )
        self.assertIn('--force', str(error))
        self.assertEqual(self.part, self.read_file('bundle.part'))

    def test_other_cloud(self):
        self.assert_refused(
            reasons.Reason.BUNDLE_PART_DIFFERS,
            self.resume,
            cloud='http://other',
        )

    def test_altered(self):
        content = self.part.replace(b'"first"', b'"other"')
        content = content.replace(b'"version": "1.0"', b'"version": "1.1"')
        self.write_file(content, 'bundle.part')
        self.assert_refused(reasons.Reason.BUNDLE_ALTERED, self.resume)

    def test_page_that_is_none(self):
        for page in (b'7', b'{}', b'{"sha256": "x"}'):
            line = b'{"page": %s}\n' % page
            self.write_file(self.part + line, 'bundle.part')
            error = self.assert_refused(
                reasons.Reason.BUNDLE_LINE_INVALID, self.resume
            )
            self.assertEqual(5, error.line)

    def test_something_else(self):
        for content in (b'', b'precious', b'precious\n'):
            self.write_file(content, 'bundle.part')
            self.assert_refused(
                reasons.Reason.BUNDLE_NOT_A_BUNDLE, self.resume
            )

    def test_not_asked_for(self):
        error = self.assert_refused(
            reasons.Reason.BUNDLE_PART_EXISTS,
            bundle.write,
            self.path(),
            base.CLOUD,
        )
        self.assertIn('--resume', str(error))
        self.assertEqual(self.part, self.read_file('bundle.part'))

    def test_discarded(self):
        path = self.write_bundle(self.entries[3:], force=True)
        self.assertEqual(self.entries[3:], self.read_bundle(path)[1])

    def test_busy(self):
        with self.resume():
            for arguments in ({'resume': True}, {'force': True}):
                self.assert_refused(
                    reasons.Reason.BUNDLE_PART_BUSY,
                    bundle.write,
                    self.path(),
                    base.CLOUD,
                    **arguments,
                )
        self.assertEqual(self.part, self.read_file('bundle.part'))
