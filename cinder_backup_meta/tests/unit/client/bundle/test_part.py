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
import stat
import unittest

import fixtures

from cinder_backup_meta.client import bundle
from cinder_backup_meta import reasons
from cinder_backup_meta.tests.unit.client import base

PART = 'bundle.part'


class TestForeignFile(base.TestCase):
    """FILE.part as somebody else may have left it."""

    def setUp(self):
        super().setUp()
        self.entries = base.chains(1)
        with bundle.write(self.path(), base.CLOUD) as writer:
            writer.add_page(self.entries[:2], 'first')
        self.content = self.read_file(PART)

    def check_refused_and_discarded(self, text):
        """Check that --resume refuses it, and that --force replaces it."""
        error = self.assert_refused(
            reasons.Reason.BUNDLE_PART_UNTRUSTED,
            bundle.write,
            self.path(),
            base.CLOUD,
            resume=True,
        )
        self.assertIn(text, str(error))
        self.assertIn('--force', str(error))
        self.assert_refused(
            reasons.Reason.BUNDLE_PART_EXISTS, bundle.write, self.path()
        )
        old = os.lstat(self.path(PART))
        with bundle.write(self.path(), base.CLOUD, force=True) as writer:
            new = os.lstat(self.path(PART))
            self.assertFalse(os.path.samestat(old, new))
            self.assertEqual(0o600, stat.S_IMODE(new.st_mode))
            self.assertEqual(os.geteuid(), new.st_uid)
            self.assertEqual(1, new.st_nlink)
            writer.add_page(self.entries, None)
            writer.finish()
        self.assertEqual(self.entries, self.read_bundle(self.path())[1])

    def test_mode(self):
        os.chmod(self.path(PART), 0o644)
        self.check_refused_and_discarded('0644')

    def test_hard_link(self):
        os.link(self.path(PART), self.path('precious'))
        self.check_refused_and_discarded('hard links')
        self.assertEqual(self.content, self.read_file('precious'))

    @unittest.skipIf(os.geteuid(), 'only root can give files away')
    def test_owner(self):
        os.chown(self.path(PART), 65534, -1)
        self.check_refused_and_discarded('another user')

    def test_pipe(self):
        os.unlink(self.path(PART))
        os.mkfifo(self.path(PART), 0o600)
        self.check_refused_and_discarded('regular file')

    def test_made_before(self):
        os.unlink(self.path(PART))
        self.write_file(b'', PART)
        os.chmod(self.path(PART), 0o666)
        self.check_refused_and_discarded('0666')

    def test_no_trust_in_the_umask(self):
        self.addCleanup(os.umask, os.umask(0o277))
        with bundle.write(self.path(), base.CLOUD, force=True) as writer:
            writer.add_page(self.entries[:2], 'first')
        with bundle.write(self.path(), base.CLOUD, resume=True) as writer:
            self.assertEqual('first', writer.marker)


class TestReplacedWhileOpening(base.TestCase):
    def test_busy(self):
        # The other process has removed the name after this one opened it.
        with bundle.write(self.path(), base.CLOUD) as writer:
            writer.add_page(base.chains(1), 'first')
        real = os.lstat
        other = os.lstat(__file__)

        def lstat(path, **named):
            return other if path == self.path(PART) else real(path, **named)

        self.useFixture(fixtures.MonkeyPatch('os.lstat', lstat))
        for arguments in ({'resume': True}, {'force': True}):
            self.assert_refused(
                reasons.Reason.BUNDLE_PART_BUSY,
                bundle.write,
                self.path(),
                base.CLOUD,
                **arguments,
            )


class TestName(base.TestCase):
    def test_longest(self):
        entries = base.chains(1)
        longest = os.pathconf(self.folder.path, 'PC_NAME_MAX')
        for length in (longest - len('.part'), longest // 2):
            path = self.write_bundle(entries, 'n' * length)
            self.assertEqual(entries, self.read_bundle(path)[1])

    def test_too_long_before_the_first_page(self):
        longest = os.pathconf(self.folder.path, 'PC_NAME_MAX')
        for length in (longest - len('.part') + 1, longest, longest + 1):
            error = self.assert_refused(
                reasons.Reason.BUNDLE_UNWRITABLE,
                bundle.write,
                self.path('n' * length),
            )
            self.assertIn('too long', str(error))
            self.assertEqual([], os.listdir(self.folder.path))

    def test_link_that_leads_nowhere(self):
        os.symlink('nowhere', self.path())
        for force in (False, True):
            self.assert_refused(
                reasons.Reason.BUNDLE_UNWRITABLE,
                bundle.write,
                self.path(),
                force=force,
            )
        self.assertEqual(['bundle'], os.listdir(self.folder.path))
