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

"""The scripts in tools/, as far as they are more than a list of commands."""

import json
import pathlib

import fixtures
import testtools

from cinder_backup_meta.tests.fullstack import programs
from tools import check
from tools import run_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ToolsTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.out = self.useFixture(fixtures.StringStream('stdout')).stream
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', self.out))


class TestRunTests(ToolsTestCase):
    def setUp(self):
        super().setUp()
        self.run_tests = run_tests

    def _read(self, status, **counts):
        if counts:
            path = self.folder / 'runs' / 'py3' / 'results.json'
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(counts))
        return self.run_tests.read('py3', status, 1.0, self.folder)

    def test_counts(self):
        result = self._read(
            1,
            passed=3,
            failures=[['a.test', 'Traceback\nit broke']],
            skips=[['b.test', 'not here']],
            expected=[['c.test', 'better so']],
        )
        self.assertEqual(3, result.passed)
        lines = self.run_tests.report([result])
        self.assertIn('  py3: a.test: it broke', lines)
        self.assertIn('  py3: b.test: not here', lines)
        self.assertIn('  py3: c.test: better so', lines)
        self.assertEqual('3 passed, 1 failed', lines[-1])

    def test_an_environment_without_results_is_one_failure(self):
        result = self._read(2)
        lines = self.run_tests.report([result])
        self.assertIn(
            '  py3: (environment): no results: set-up failed or crash '
            '(exit status 2)',
            lines,
        )
        self.assertEqual('0 passed, 1 failed', lines[-1])

    def test_tox_that_fails_where_no_test_did_is_one_failure(self):
        result = self._read(1, passed=3, failures=[], skips=[], expected=[])
        self.assertEqual(
            '3 passed, 1 failed', self.run_tests.report([result])[-1]
        )

    def test_environments_are_summed(self):
        one = self.run_tests.Result('a', 1.0, passed=3)
        two = self.run_tests.Result('b', 1.0, 4, failures=[('t', '')])
        self.assertEqual(
            '7 passed, 1 failed', self.run_tests.report([one, two])[-1]
        )

    def _lacks(self, environment):
        """Return what the summary says of it where nothing is installed."""
        self.useFixture(fixtures.EnvironmentVariable('PATH', str(self.folder)))
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder_backup_meta.tests.fullstack.programs.FOLDERS', ()
            )
        )
        result = self.run_tests.run(environment)
        [line] = [
            line
            for line in self.run_tests.report([result])
            if line.startswith(f'  {environment}: (environment): ')
        ]
        return line

    def test_an_environment_without_its_programs_is_skipped(self):
        line = self._lacks('fullstack')
        self.assertIn('apt install', line)
        self.assertIn('mariadb-server', line)
        self.assertIn('rabbitmq-server', line)
        self.assertNotIn('postgresql', line)

    def test_another_database_has_other_programs(self):
        line = self._lacks('fullstack-postgresql')
        self.assertTrue(line.endswith(' postgresql rabbitmq-server'), line)
        self.assertNotIn('mariadb', line)

    def test_an_environment_with_its_programs_is_run(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'cinder_backup_meta.tests.fullstack.programs.FOLDERS', ()
            )
        )
        for name in ('mysqld', 'mysql_install_db', 'mysql') + (
            'rabbitmq-server',
            'epmd',
        ):
            program = self.folder / name
            program.write_text('')
            program.chmod(0o755)
        self.useFixture(fixtures.EnvironmentVariable('PATH', str(self.folder)))
        self.assertIsNone(self.run_tests.lacking('fullstack'))
        self.assertIsNone(self.run_tests.lacking('py3'))
        self.assertIsNotNone(self.run_tests.lacking('fullstack-postgresql'))

    def test_newer_programs_come_first(self):
        folders = [f'/usr/lib/postgresql/{name}/bin' for name in ('9.6', '15')]
        self.assertEqual(folders[::-1], programs.newest_first(folders))


class TestCheck(ToolsTestCase):
    def setUp(self):
        super().setUp()
        self.check = check

    def _fail(self, fix):
        raise self.check.CheckFailed('what is wrong')

    def test_each_check_counts_as_one(self):
        self.check.CHECKS = {'good': lambda fix: None, 'bad': self._fail}
        written = self.folder / 'results.json'
        self.assertEqual(1, self.check.main(['--results', str(written)]))
        counts = json.loads(written.read_text())
        self.assertEqual(1, counts['passed'])
        self.assertEqual([['bad', 'see above']], counts['failures'])

    def test_a_command_that_fails_shows_its_output(self):
        error = self.assertRaises(
            self.check.CheckFailed,
            self.check.call,
            'sh',
            '-c',
            'echo what is wrong; exit 3',
        )
        self.assertIn('what is wrong', str(error))

    def test_a_source_file_without_the_header(self):
        (self.folder / 'tools').mkdir()
        (self.folder / 'tools' / 'good.py').write_text(self.check.HEADER)
        (self.folder / 'tools' / 'bad.py').write_text('x = 1\n')
        self.check.ROOT = self.folder
        self.check.SHELL_SCRIPTS = ()
        (self.folder / 'setup.py').write_text(self.check.HEADER)
        error = self.assertRaises(
            self.check.CheckFailed, self.check.header, False
        )
        self.assertTrue(str(error).endswith(': tools/bad.py'), error)
