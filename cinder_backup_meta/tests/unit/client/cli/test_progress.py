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

import contextlib
import fcntl
import io
import os
import pty
import struct
import termios
import time

import fixtures
import testtools

from cinder_backup_meta.client.cli import progress


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

    def terminal(self, lines, columns):
        """Make the standard error a terminal; return its other end."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        os.set_blocking(ours, False)
        size = struct.pack('HHHH', lines, columns, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        stream = self.stderr(open(theirs, 'w'))
        self.addCleanup(stream.close)
        return ours

    def read(self, number):
        """Return what has been written to a terminal."""
        shown = b''
        deadline = time.monotonic() + 300
        while b'40/100' not in shown and time.monotonic() < deadline:
            with contextlib.suppress(BlockingIOError):
                shown += os.read(number, 4096)
        return shown.decode()

    def test_bar_on_a_terminal(self):
        ours = self.terminal(24, 80)
        show = progress.choose(quiet=False)
        show(40, 100)
        show._bar.refresh()
        show.close()
        self.assertIn('40/100', self.read(ours))

    def test_lines_on_a_terminal_without_size(self):
        self.terminal(0, 0)
        self.assertIsInstance(progress.choose(quiet=False), progress.Lines)
