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

"""tools/quickstart, up to where it would install something."""

import os
import pathlib
import shutil
import subprocess

import fixtures
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ('sh', 'cat', 'cksum', 'dirname', 'git', 'rm', 'tail')

# Stands for a Python: answers what the script asks, and makes environments
# in which "pip" writes what it was called with.
PYTHON = """\
#!{shell}
case "$*" in
*version_info\\ \\<*) exit {old} ;;
*ensurepip*) exit {bare} ;;
*python%d*) echo python3.12 ;;
--version) echo Python 3.{minor}.0 ;;
"-m venv "*)
    mkdir -p "$3/bin"
    cp "$0" "$3/bin/python"
    printf '#!{shell}\\necho demo: "$@"\\n' \\
        >"$3/bin/cinder-backup-meta-demo"
    chmod +x "$3/bin/cinder-backup-meta-demo"
    ;;
"-m pip "*)
    echo "$*"
    echo x >>"$COUNT"
    exit {broken}
    ;;
*) echo "not expected: $*" >&2; exit 99 ;;
esac
"""


class TestQuickstart(testtools.TestCase):
    def setUp(self):
        super().setUp()
        parent = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.root = parent / 'a folder'
        self.programs = parent / 'bin'
        self.programs.mkdir()
        for name in (*TOOLS, 'mkdir', 'cp', 'chmod'):
            os.symlink(shutil.which(name), self.programs / name)
        for name in (
            'tools/quickstart',
            'constraints/cinder-29.txt',
            'pyproject.toml',
            'requirements.txt',
        ):
            target = self.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        self.count = parent / 'count'

    def _python(self, name, old=0, bare=0, broken=0, minor=11):
        path = self.programs / name
        path.write_text(
            PYTHON.format(
                shell=shutil.which('sh'),
                old=old,
                bare=bare,
                broken=broken,
                minor=minor,
            )
        )
        path.chmod(0o755)

    def _run(self, *arguments):
        return subprocess.run(
            [self.root / 'tools' / 'quickstart', *arguments],
            env={'PATH': str(self.programs), 'COUNT': str(self.count)},
            cwd='/',
            capture_output=True,
            text=True,
        )

    def _refused(self, *texts):
        done = self._run()
        self.assertEqual((1, ''), (done.returncode, done.stdout))
        self.assertEqual(1, done.stderr.count('\n'), done.stderr)
        for text in ('quickstart: error: ', *texts):
            self.assertIn(text, done.stderr)
        self.assertFalse((self.root / '.venv-quickstart').exists())

    def _installed(self):
        """Return how often something was installed."""
        return self.count.read_text().count('x')

    def test_no_python(self):
        self._refused(
            'Python 3.11 or newer is needed, no Python 3 at all was found',
            'apt install python3.11 python3.11-venv',
        )

    def test_python_too_old(self):
        self._python('python3', old=1, minor=9)
        self._refused('is needed, Python 3.9.0 was found')

    def test_python_without_venv(self):
        self._python('python3.12', bare=1)
        self._refused(
            'python3.12 cannot make virtual environments',
            'apt install python3.12-venv',
        )

    def test_another_python_makes_up_for_it(self):
        self._python('python3.11', bare=1)
        self._python('python3.12')
        self.assertEqual(0, self._run().returncode)

    def test_installs_once_and_passes_arguments_on(self):
        self._python('python3')
        first = self._run('--keep', '--state-dir', 'a b')
        self.assertIn('Installing the plugin and Cinder', first.stdout)
        self.assertTrue(
            first.stdout.endswith('\ndemo: --keep --state-dir a b\n')
        )
        log = (self.root / '.venv-quickstart' / 'install.log').read_text()
        self.assertIn(
            f'-c {self.root}/constraints/cinder-29.txt '
            f'-e {self.root}[embedded]',
            log,
        )
        second = self._run()
        self.assertEqual('demo:\n', second.stdout)
        self.assertEqual(1, self._installed())

    def test_installs_anew_for_other_versions(self):
        self._python('python3')
        self._run()
        with open(self.root / 'constraints' / 'cinder-29.txt', 'a') as stream:
            stream.write('something===1\n')
        self._run()
        self.assertEqual(2, self._installed())
        self._python('python3', minor=12)
        self._run()
        self.assertEqual(3, self._installed())

    def test_installation_that_fails(self):
        self._python('python3', broken=1)
        for times in (1, 2):
            done = self._run()
            self.assertEqual(1, done.returncode)
            self.assertNotIn('demo:', done.stdout)
            self.assertIn('-m pip install', done.stderr)
            self.assertIn(
                'quickstart: error: the installation failed; all of its '
                f'output is in {self.root}/.venv-quickstart/install.log',
                done.stderr,
            )
            # It was not taken for done.
            self.assertEqual(times, self._installed())

    def test_help(self):
        for option in ('-h', '--help'):
            done = self._run(option)
            self.assertEqual((0, ''), (done.returncode, done.stderr))
            self.assertTrue(done.stdout.startswith('usage: tools/quickstart'))

    def test_constraints_missing(self):
        self._python('python3')
        (self.root / 'constraints' / 'cinder-29.txt').unlink()
        self._refused('constraints/cinder-29.txt is missing')
