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

"""The commands with the package installed as a wheel, without Cinder.

``tox -e desk`` runs this. Where Cinder is installed, or the package is
installed as editable, these tests would prove nothing.
"""

import importlib
import importlib.util
import os
import pkgutil
import subprocess
import sys

import fixtures
import testtools

from cinder_backup_meta import client
from cinder_backup_meta.client import bundle
from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.tests import samples

RECORD = [f'backup-record-{verb}' for verb in ('list', 'show', 'recover')]
BUNDLE = [f'backup-bundle-{verb}' for verb in ('export', 'import', 'show')]


class TestInstalled(testtools.TestCase):
    def run_program(self, program, *arguments, code=0):
        """Run an installed program; return its output."""
        done = subprocess.run(
            [
                os.path.join(os.path.dirname(sys.executable), program),
                *arguments,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={'PATH': os.environ['PATH'], 'HOME': self.folder},
        )
        self.assertEqual(code, done.returncode, done.stdout)
        return done.stdout

    def setUp(self):
        super().setUp()
        for name in ('cinder', 'oslo_db', 'sqlalchemy'):
            self.assertIsNone(importlib.util.find_spec(name), name)
        self.folder = self.useFixture(fixtures.TempDir()).path

    def write_bundle(self):
        path = os.path.join(self.folder, 'a.bundle.zst')
        record = samples.encode(samples.record())
        entry = format.Entry(samples.ID, None, samples.POSIX, record)
        with bundle.write(path) as writer:
            writer.add_page([entry], None)
            writer.finish()
        return path

    def test_every_module_can_be_loaded(self):
        prefix = f'{client.__name__}.'
        for found in pkgutil.walk_packages(client.__path__, prefix):
            importlib.import_module(found.name)

    def test_cinder_lists_the_commands(self):
        output = self.run_program('cinder', 'help')
        for command in ('backup-import', 'list-extensions', *RECORD, *BUNDLE):
            self.assertIn(f'    {command}', output)

    def test_cinder_takes_a_record_alone(self):
        output = self.run_program('cinder', 'help', 'backup-import')
        self.assertIn('[<backup_url>]', output)

    def test_cinder_shows_a_bundle(self):
        output = self.run_program(
            'cinder', 'backup-bundle-show', self.write_bundle()
        )
        self.assertIn('project-9', output)

    def test_openstack_shows_a_bundle(self):
        output = self.run_program(
            *('openstack', 'volume', 'backup', 'bundle', 'show'),
            *('-f', 'value', '-c', 'records', self.write_bundle()),
        )
        self.assertEqual('1', output.strip())

    def test_openstack_has_our_import(self):
        output = self.run_program(
            *('openstack', 'volume', 'backup', 'record', 'import', '--help')
        )
        self.assertIn('--dry-run', output)
