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

import argparse
import os

import fixtures

from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.cli import arguments
from cinder_backup_meta.client.cli import commands
from cinder_backup_meta.client import errors
from cinder_backup_meta.tests.unit.client import base


class Unreachable:
    def endpoint(self):
        return base.CLOUD

    def export_page(self, *_arguments, **_named):
        raise errors.Unreachable('gone')


class TestHowToContinue(base.TestCase):
    """What is said after an export that did not finish."""

    def export(self, *options):
        parser = argparse.ArgumentParser()
        for names, settings in arguments.BUNDLE_EXPORT:
            parser.add_argument(*names, **settings)
        given = parser.parse_args([self.path(), '--quiet', *options])
        stream = self.useFixture(fixtures.StringStream('stderr')).stream
        with fixtures.MonkeyPatch('sys.stderr', stream):
            error = self.assertRaises(
                (errors.BundleRefused, errors.Unreachable),
                commands.export_bundle,
                Unreachable(),
                given,
            )
        stream.seek(0)
        return error, stream.read()

    def test_interrupted(self):
        _error, text = self.export()
        self.assertIn('--resume', text)

    def test_refused(self):
        with bundle.write(self.path(), base.CLOUD):
            pass
        error, text = self.export()
        self.assertIn('--resume', str(error))
        self.assertEqual('', text)
        os.chmod(self.path('bundle.part'), 0o644)
        error, text = self.export('--resume')
        self.assertNotIn('--resume', str(error))
        self.assertEqual('', text)
