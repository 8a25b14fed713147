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

import testtools

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client import errors
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
        page = self.part.index(b'{"page"')
        for size in (0, *range(1, page, 29), page):
            self.write_file(self.part[:size], 'bundle.part')
            with self.resume() as writer:
                self.assertIsNone(writer.marker)
                self.assertFalse(writer.done)
                self.assertEqual(0, writer.records)
        with self.resume() as writer:
            writer.add_page(self.entries[:2], 'first')
            self.finish(writer)

    def test_interrupted_at_the_end(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:], None)
        with self.resume() as writer:
            self.assertTrue(writer.done)
            writer.finish()
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])

    def test_the_header_stays(self):
        header = self.part.splitlines()[1]
        with self.resume(selection={}) as writer:
            self.finish(writer)
        self.assertEqual(header, self.read_file().splitlines()[0])

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

    def positions(self, content):
        """Return those of all bytes, but only of some of a record."""
        start = 0
        for line in content.splitlines(keepends=True):
            step = 101 if line.startswith(b'{"id"') else 1
            yield from range(start, start + len(line), step)
            start += len(line)
            yield start - 1

    def test_any_altered_byte(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:4], 'second', [OMITTED])
        content = self.read_file('bundle.part')
        for at in self.positions(content):
            altered = bytearray(content)
            altered[at] ^= 1
            self.write_file(altered, 'bundle.part')
            with testtools.ExpectedException(errors.BundleRefused):
                with self.resume() as writer:
                    # What has become an unfinished line is cut off.
                    self.assertIn(writer.marker, ('first', None))
                    self.assertEqual(
                        [] if writer.marker is None else [OMITTED],
                        writer.omitted,
                    )
                    raise errors.BundleRefused('cut', '', '')

    def test_altered(self):
        self.check_altered(
            (b'"first"', b'"other"'),
            (b'"version": "1.0"', b'"version": "1.1"'),
            (b'"why"', b'"not"'),
            (b'"reason": "x"', b'"reason": "y"'),
            (b'"created_at": "20', b'"created_at": "21'),
        )

    def check_altered(self, *changes):
        for old, new in changes:
            self.assertEqual(1, self.part.count(old), old)
            self.write_file(self.part.replace(old, new), 'bundle.part')
            self.assert_refused(reasons.Reason.BUNDLE_ALTERED, self.resume)

    def test_line_left_out_or_moved(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:4], 'second', [OMITTED])
            writer.add_page(self.entries[4:], 'third', [OMITTED])
        lines = self.read_file('bundle.part').splitlines(keepends=True)
        for at in range(2, len(lines) - 1):
            before, line, after = lines[:at], lines[at], lines[at + 1 :]
            for altered in (
                [*before, *after],
                [*before, line, line, *after],
                [*before, after[0], line, *after[1:]],
            ):
                self.write_file(b''.join(altered), 'bundle.part')
                self.assertRaises(errors.BundleRefused, self.resume)

    def test_many_omitted(self):
        omitted = [
            {'id': base.backup_id(n), 'reason': 'x', 'detail': 'a,' * 100}
            for n in range(1000)
        ]
        with self.resume() as writer:
            writer.add_page(self.entries[2:4], 'second', omitted)
        with self.resume() as writer:
            self.assertEqual([OMITTED, *omitted], writer.omitted)
            self.finish(writer)

    def test_changed_before_it_is_finished(self):
        with self.resume() as writer:
            writer.add_page(self.entries[2:], None)
            content = self.read_file('bundle.part')
            line = content.splitlines(keepends=True)[2]
            with open(self.path('bundle.part'), 'r+b') as stream:
                stream.write(content.replace(line, b'', 1) + b' ' * len(line))
                stream.truncate(len(content) - len(line))
            self.assert_refused(reasons.Reason.BUNDLE_ALTERED, writer.finish)
        self.assertEqual(['bundle.part'], os.listdir(self.folder.path))

    def test_of_a_former_release(self):
        _first, _newline, rest = self.part.partition(b'\n')
        self.write_file(rest, 'bundle.part')
        error = self.assert_refused(
            reasons.Reason.BUNDLE_VERSION_UNKNOWN, self.resume
        )
        self.assertIn('--force', str(error))
        self.assertEqual(rest, self.read_file('bundle.part'))

    def test_page_that_is_none(self):
        for page in (
            b'7',
            b'{}',
            b'{"sha256": "x"}',
            b'{"marker": [], "sha256": "x"}',
        ):
            line = b'{"page": %s}\n' % page
            self.write_file(self.part + line, 'bundle.part')
            error = self.assert_refused(
                reasons.Reason.BUNDLE_LINE_INVALID, self.resume
            )
            self.assertEqual(7, error.line)

    def test_something_else(self):
        for content in (b'precious', b'precious\n', self.part[1:]):
            self.write_file(content, 'bundle.part')
            self.assert_refused(
                reasons.Reason.BUNDLE_NOT_A_BUNDLE, self.resume
            )
            self.assertEqual(content, self.read_file('bundle.part'))

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
