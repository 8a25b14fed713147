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
import pty
import sys

import fixtures
import testtools

from cinder_backup_meta.client import progress


class TestProgress(testtools.TestCase):
    def stderr(self, stream):
        self.useFixture(fixtures.MonkeyPatch('sys.stderr', stream))
        return stream

    def test_quiet(self):
        stream = self.stderr(io.StringIO())
        show = progress.choose(quiet=True)
        show(1, 2)
        show.close()
        self.assertEqual('', stream.getvalue())

    def test_lines_are_far_between(self):
        stream = self.stderr(io.StringIO())
        show = progress.choose(quiet=False)
        show(1, 2)
        self.assertEqual('', stream.getvalue())
        show._begin -= 10
        show._shown -= 10
        show(20, 100)
        show(21, 100)
        line, end = stream.getvalue().split('\n')
        self.assertRegex(line, r'^20 of 100 records, 2/s, (39|40) s left$')
        self.assertEqual('', end)

    def test_line_without_a_total(self):
        stream = self.stderr(io.StringIO())
        show = progress.Lines()
        show._begin -= 10
        show._shown -= 10
        show(20, None)
        self.assertEqual('20 records, 2/s\n', stream.getvalue())

    def test_bar_on_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        stream = self.stderr(open(theirs, 'w'))
        self.addCleanup(stream.close)
        self.assertTrue(sys.stderr.isatty())
        show = progress.choose(quiet=False)
        show(40, 100)
        show._bar.refresh()
        shown = os.read(ours, 4096).decode()
        show.close()
        self.assertIn('40/100', shown)
