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

"""The package as it is installed on an operator's desk."""

import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import fixtures
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[3]
CONTRIB = 'cinderclient/v3/contrib/'


class TestWheel(testtools.TestCase):
    def setUp(self):
        super().setUp()
        if not (ROOT / 'pyproject.toml').exists():
            self.skipTest('not run from a source tree')
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def build(self):
        """Build a wheel of a copy; return its path."""
        copy = self.folder / 'source'
        shutil.copytree(
            ROOT,
            copy,
            ignore=shutil.ignore_patterns('.*', '*.egg-info', 'build'),
        )
        subprocess.run(
            [
                *(sys.executable, '-m', 'pip', 'wheel', '--quiet'),
                *('--no-deps', '--no-build-isolation'),
                *('--wheel-dir', self.folder, copy),
            ],
            env={**os.environ, 'PBR_VERSION': '1.2.3'},
            check=True,
            capture_output=True,
        )
        [wheel] = self.folder.glob('*.whl')
        return wheel

    def test_cinderclient_gets_one_file(self):
        with zipfile.ZipFile(self.build()) as wheel:
            names = wheel.namelist()
        found = [name for name in names if CONTRIB in name]
        [prefix] = {name.partition('/')[0] for name in found}
        self.assertEqual(
            [f'{prefix}/purelib/{CONTRIB}cinder_backup_meta.py'], found
        )
        self.assertTrue(prefix.endswith('.data'))
        # All else is in our own package, or about it.
        self.assertEqual(
            {
                'cinder_backup_meta',
                prefix,
                prefix.replace('data', 'dist-info'),
            },
            {name.partition('/')[0] for name in names},
        )
