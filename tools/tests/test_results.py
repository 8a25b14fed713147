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

import io

import subunit
import testtools

from tools import results


class _Sample(testtools.TestCase):
    """Tests to be run by the tests below, hence not found by discovery."""

    def passes(self):
        pass

    def fails(self):
        self.fail('on purpose')

    def is_skipped(self):
        self.skipTest('no reason but this')

    def is_expected_to_fail(self):
        self.expectFailure('known', self.assertEqual, 1, 2)

    def passes_unexpectedly(self):
        self.expectFailure('known', self.assertEqual, 1, 1)


def stream_of(*names):
    """Run tests of _Sample, return their subunit stream."""
    stream = io.BytesIO()
    result = testtools.ExtendedToStreamDecorator(
        subunit.StreamResultToBytes(stream)
    )
    result.startTestRun()
    for name in names:
        _Sample(name).run(result)
    result.stopTestRun()
    stream.seek(0)
    return stream


class TestResults(testtools.TestCase):
    def _one(self, name):
        (outcome,) = results.read_stream(stream_of(name))
        self.assertEqual(_Sample(name).id(), outcome.test_id)
        return outcome

    def test_passed(self):
        self.assertEqual(results.PASSED, self._one('passes').status)

    def test_failed(self):
        outcome = self._one('fails')
        self.assertEqual(results.FAILED, outcome.status)
        self.assertTrue(outcome.reason.endswith('on purpose'))

    def test_skipped(self):
        outcome = self._one('is_skipped')
        self.assertEqual(results.SKIPPED, outcome.status)
        self.assertEqual('no reason but this', outcome.reason)

    def test_expected_failure(self):
        outcome = self._one('is_expected_to_fail')
        self.assertEqual(results.EXPECTED, outcome.status)

    def test_unexpected_success_is_a_failure(self):
        outcome = self._one('passes_unexpectedly')
        self.assertEqual(results.FAILED, outcome.status)

    def test_a_test_that_never_ended_is_a_failure(self):
        stream = io.BytesIO()
        result = subunit.StreamResultToBytes(stream)
        result.status(test_id='killed', test_status='inprogress')
        stream.seek(0)
        self.assertEqual(
            [
                results.TestOutcome(
                    'killed', results.FAILED, 'began and did not end'
                )
            ],
            results.read_stream(stream),
        )

    def test_a_listed_test_is_no_outcome(self):
        stream = io.BytesIO()
        result = subunit.StreamResultToBytes(stream)
        result.status(test_id='listed', test_status='exists')
        stream.seek(0)
        self.assertEqual([], results.read_stream(stream))

    def test_counts(self):
        summary = results.summarise(
            results.read_stream(
                stream_of(
                    'passes',
                    'passes',
                    'fails',
                    'is_skipped',
                    'is_expected_to_fail',
                )
            )
        )
        self.assertEqual(2, summary.passed)
        self.assertEqual(1, len(summary.failures))
        self.assertEqual(1, len(summary.skips))
        self.assertEqual(1, len(summary.expected))

    def test_a_run_without_tests_has_failed(self):
        summary = results.summarise([])
        self.assertEqual([('no test ran', '')], summary.failures)
