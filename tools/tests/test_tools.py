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

import io
import json
import pathlib

import fixtures
import testtools
import yaml

from cinder_backup_meta.tests.fullstack import programs
from tools import check_samples
from tools import run_tests

ROOT = pathlib.Path(__file__).resolve().parents[2]


class ToolsTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # Not a fixture that attaches it: the summaries of these tests would
        # appear in the output of a run.
        self.out = io.TextIOWrapper(io.BytesIO())
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

    def test_style_passes_as_a_whole(self):
        result = self.run_tests.read('pep8', 0, 1.0, self.folder)
        self.assertEqual('1 passed, 0 failed', run_tests.report([result])[-1])

    def test_style_fails_as_a_whole(self):
        result = self.run_tests.read('pep8', 1, 1.0, self.folder)
        lines = self.run_tests.report([result])
        self.assertIn('  pep8: (environment): exit status 1, see above', lines)
        self.assertEqual('0 passed, 1 failed', lines[-1])

    def _chosen(self, *names):
        """Return what would run for these names: {environment: tests}."""
        chosen = {}

        def run(environment, tests=None):
            chosen[environment] = tests
            return run_tests.Result(environment, 0, passed=1)

        self.useFixture(fixtures.MonkeyPatch('tools.run_tests.run', run))
        self.assertEqual(0, run_tests.main(list(names)))
        return chosen

    def test_all(self):
        chosen = self._chosen()
        self.assertEqual(list(run_tests.ENVIRONMENTS), list(chosen))
        self.assertIsNone(chosen['functional'])
        self.assertIsNotNone(chosen['fullstack-postgresql'])

    def test_quick(self):
        chosen = self._chosen('quick')
        self.assertEqual(['pep8', 'py3', 'desk', 'functional'], list(chosen))
        self.assertIsNone(chosen['py3'])
        self.assertRegex(
            'tests.functional.test_records.TestChain.test_chain',
            chosen['functional'],
        )

    def test_named(self):
        self.assertEqual({'desk': None}, self._chosen('desk'))

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


class TestCheckSamples(testtools.TestCase):
    def test_complete(self):
        self.assertEqual([], check_samples.missing('#a =\n#b =\n', ['#a =']))

    def test_incomplete(self):
        self.assertEqual(
            ['#c ='], check_samples.missing('#a =\n', ['#a =', '#c ='])
        )

    def test_a_module_that_could_not_be_imported(self):
        self.assertEqual(['any'], check_samples.missing('#a =\n', []))

    def test_every_option_and_rule_is_wanted(self):
        self.assertIn('#capture =', check_samples.options())
        self.assertTrue(all(check_samples.rules()))


class TestHooks(testtools.TestCase):
    """The hook of .pre-commit-config.yaml that has a pattern of its own."""

    def test_licence(self):
        config = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
        hooks = {hook['id']: hook for hook in config['repos'][0]['hooks']}
        hook = hooks['licence']
        self.assertEqual(['--negate'], hook['args'])
        for path in ROOT / 'tools' / 'bench', ROOT / 'setup.py':
            self.assertRegex(path.read_text(), hook['entry'])
        self.assertNotRegex('x = 1\n', hook['entry'])
