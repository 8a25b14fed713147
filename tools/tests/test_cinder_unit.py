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

"""The judge of Cinder's own tests, on real runs of stestr."""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import textwrap

import fixtures
import testtools

from tools.cinder_unit import expectations
from tools.cinder_unit import judge
from tools import results

PASSES = results.TestOutcome('passes', results.PASSED)
FAILS = results.TestOutcome('fails', results.FAILED, 'Traceback\nit broke')
SKIPPED = results.TestOutcome('skipped', results.SKIPPED, 'not here')


class TestJudge(testtools.TestCase):
    def test_a_failure_that_is_not_listed(self):
        summary = judge.judge([PASSES, FAILS], {})
        self.assertEqual(1, summary.passed)
        self.assertEqual([('fails', 'Traceback\nit broke')], summary.failures)

    def test_a_failure_that_is_listed(self):
        summary = judge.judge([PASSES, FAILS], {'fails': 'better so'})
        self.assertEqual(1, summary.passed)
        self.assertEqual([], summary.failures)
        self.assertEqual([('fails', 'better so')], summary.expected)

    def test_a_listed_test_that_passes(self):
        summary = judge.judge([PASSES], {'passes': 'better so'})
        self.assertEqual(0, summary.passed)
        self.assertEqual(
            [('passes', 'listed as an expected failure, but: passed')],
            summary.failures,
        )

    def test_a_listed_test_that_is_skipped(self):
        summary = judge.judge([PASSES, SKIPPED], {'skipped': 'better so'})
        self.assertEqual([], summary.skips)
        self.assertEqual(
            [('skipped', 'listed as an expected failure, but: skipped')],
            summary.failures,
        )

    def test_a_listed_test_that_is_gone(self):
        summary = judge.judge([PASSES], {'gone': 'better so'})
        self.assertEqual(
            [('gone', 'listed, but it did not run')], summary.failures
        )

    def test_a_listed_test_that_was_not_selected(self):
        summary = judge.judge([PASSES], {'gone': 'better so'}, partial=True)
        self.assertEqual([], summary.failures)

    def test_a_run_without_tests(self):
        self.assertEqual([('no test ran', '')], judge.judge([], {}).failures)

    def test_the_report_names_each_with_its_reason(self):
        summary = judge.judge([PASSES, FAILS, SKIPPED], {})
        self.assertEqual(
            [
                'skipped: skipped: not here',
                'FAILED: fails: it broke',
                "Cinder's tests: 1 passed, 1 failed, 0 expected failures, "
                '1 skipped',
            ],
            list(judge.report(summary)),
        )


class TestJudgeOfARun(testtools.TestCase):
    """From a run of stestr to the exit status and the written counts."""

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # As a file: subunit looks for the bytes behind it.
        out = io.TextIOWrapper(io.BytesIO())
        self.useFixture(fixtures.MonkeyPatch('sys.stdout', out))

    def _judge(self, test_body, listed=()):
        """Run one test of the given body; return exit status and counts."""
        module = textwrap.dedent(f'''
            import os
            import unittest

            class Sample(unittest.TestCase):
                def test_passes(self):
                    pass

                def test_it(self):
                    {test_body}
        ''')
        (self.folder / 'test_sample.py').write_text(module)
        command = ['-m', 'stestr', '--test-path', '.', '--top-dir', '.']
        subprocess.run(
            [sys.executable, *command, 'run'],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        listing = expectations.Expectations(dict.fromkeys(listed, 'why'), {})
        self.useFixture(
            fixtures.MockPatchObject(
                expectations, 'read', return_value=listing
            )
        )
        written = self.folder / 'results.json'
        arguments = ['--repo', str(self.folder), '--write', str(written)]
        status = judge.main(arguments)
        return status, json.loads(written.read_text())

    def test_all_pass(self):
        status, counts = self._judge('pass')
        self.assertEqual(0, status)
        self.assertEqual(2, counts['passed'])

    def test_a_failure_that_is_not_listed(self):
        status, counts = self._judge('self.fail()')
        self.assertEqual(1, status)
        ((name, _),) = counts['failures']
        self.assertEqual('test_sample.Sample.test_it', name)

    def test_a_failure_that_is_listed(self):
        status, counts = self._judge(
            'self.fail()', ['test_sample.Sample.test_it']
        )
        self.assertEqual(0, status)
        self.assertEqual(1, counts['passed'])
        self.assertEqual(
            [['test_sample.Sample.test_it', 'why']], counts['expected']
        )

    def test_a_listed_test_that_passes(self):
        status, counts = self._judge('pass', ['test_sample.Sample.test_it'])
        self.assertEqual(1, status)
        self.assertEqual(1, counts['passed'])

    def test_a_process_that_dies(self):
        status, counts = self._judge('os._exit(7)')
        self.assertEqual(1, status)
        names = [name for name, _ in counts['failures']]
        self.assertIn('test_sample.Sample.test_it', names)

    def test_a_run_that_never_came_about(self):
        written = pathlib.Path(self.folder, 'results.json')
        with tempfile.TemporaryDirectory() as empty:
            status = judge.main(['--repo', empty, '--write', str(written)])
        self.assertEqual(1, status)


class TestExpectations(testtools.TestCase):
    def _read(self, text):
        folder = self.useFixture(fixtures.TempDir()).path
        path = pathlib.Path(folder, 'list.yaml')
        path.write_text(text)
        return expectations.read(path)

    def test_the_list_can_be_read(self):
        listing = expectations.read()
        for test in listing.expected_failures:
            self.assertStartsWith('cinder.tests.unit.', test)

    def assertStartsWith(self, prefix, text):
        self.assertTrue(text.startswith(prefix), text)

    def test_entries(self):
        listing = self._read(
            'expected_failures: [{test: a, reason: because}]\n'
            'needs_unprivileged_user: []\n'
        )
        self.assertEqual({'a': 'because'}, listing.expected_failures)

    def test_an_entry_without_a_reason(self):
        for entry in ('{test: a}', '{test: a, reason: ""}'):
            with self.assertRaisesRegex(ValueError, 'not a test and its'):
                self._read(
                    f'expected_failures: [{entry}]\n'
                    'needs_unprivileged_user: []\n'
                )

    def test_an_entry_that_is_there_twice(self):
        entry = '{test: a, reason: because}'
        with self.assertRaisesRegex(ValueError, 'listed twice: a'):
            self._read(
                f'expected_failures: [{entry}, {entry}]\n'
                'needs_unprivileged_user: []\n'
            )

    def test_an_unknown_section(self):
        with self.assertRaisesRegex(ValueError, 'must have the sections'):
            self._read('expected_failure: []\n')
