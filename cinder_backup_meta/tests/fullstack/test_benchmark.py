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

"""The benchmark runs and measures what it says."""

import json
import os
import pathlib
import subprocess
import sys

import fixtures
import testtools

from cinder_backup_meta.tests.fullstack import programs

ROOT = pathlib.Path(__file__).resolve().parents[3]
FEW, MANY, IMPORTS = 20, 60, 3
SINGLE = {
    'stock export': FEW,
    'stock import': IMPORTS,
    'single export': FEW,
    'single import, verify exists': FEW,
}
PAGES = {
    'export': FEW,
    'import, verify none': FEW,
    'import, verify exists': FEW,
    'many: capture': MANY,
    'many: export': MANY,
    'many: import, verify none': MANY,
    'many: recover': MANY,
}


class TestBenchmark(testtools.TestCase):
    def setUp(self):
        super().setUp()
        if not (ROOT / 'tools').is_dir():
            self.skipTest('not run from a source tree')
        if missing := programs.missing():
            self.skipTest(missing)

    def _run(self):
        path = self.useFixture(fixtures.TempDir()).join('bench.json')
        command = [sys.executable, '-m', 'tools.benchmark']
        # The data would take minutes, and is tried by the tests of the tools.
        command += ['--parts', 'stock', 'few', 'single', 'many']
        command += [f'--few={FEW}', f'--many={MANY}', '--repeat=1']
        command += [f'--stock-imports={IMPORTS}', f'--json={path}']
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ},
        )
        self.assertEqual(0, done.returncode, done.stderr)
        with open(path) as stream:
            return done.stdout, json.load(stream)['measurements']

    def test_all_of_it(self):
        table, found = self._run()
        with_keystone = 'separate processes, with Keystone'
        self.assertEqual(
            {'embedded', 'separate processes', with_keystone}, set(found)
        )
        for plane, measurements in found.items():
            self.assertIn(f'\n{plane}\n', table)
            numbers = {
                name: one['records'] for name, one in measurements.items()
            }
            pages = {} if plane == with_keystone else PAGES
            self.assertEqual(SINGLE | pages, numbers)
            for name, one in measurements.items():
                self.assertIn(name, table)
                self._check(name, one)

    def _check(self, name, one):
        for key in ('seconds', 'rate', 'statements a record'):
            self.assertGreater(one[key], 0, name)
        for peak in one['peak bytes'].values():
            self.assertGreater(peak, 2**20, name)
        compared = name.partition(',')[0].rpartition(' ')[2]
        expected = compared in ('export', 'import') and 'stock' not in name
        self.assertEqual(expected, one['times stock'] is not None, name)
