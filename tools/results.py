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

"""What a run of stestr came to, read from its subunit stream.

``python tools/results.py --repo REPO --write FILE`` reads
the latest run in a stestr repository and writes its counts as JSON, in the
form that tools/run-tests sums.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import json
import pathlib
import sys
import typing

from stestr.repository import abstract
from stestr.repository import file as file_repository
import subunit
import testtools

PASSED = 'passed'
FAILED = 'failed'
SKIPPED = 'skipped'
EXPECTED = 'expected failure'

#: How subunit's words map to ours. A test that began and never ended, as when
#: its process was killed, has failed; so has one that was to fail and passed.
_STATUSES = {
    'success': PASSED,
    'fail': FAILED,
    'inprogress': FAILED,
    'unknown': FAILED,
    'uxsuccess': FAILED,
    'skip': SKIPPED,
    'xfail': EXPECTED,
}


@dataclasses.dataclass(frozen=True)
class TestOutcome:
    """One test: its id, how it ended and the reason, when it has one."""

    test_id: str
    status: str
    reason: str = ''


@dataclasses.dataclass
class Summary:
    """The outcomes of one environment, as they are written and summed."""

    passed: int = 0
    failures: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    skips: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    expected: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    @property
    def ran(self) -> int:
        return (
            self.passed
            + len(self.failures)
            + len(self.skips)
            + len(self.expected)
        )

    def add(self, outcome: TestOutcome) -> None:
        """Count one outcome."""
        entry = (outcome.test_id, outcome.reason)
        if outcome.status == PASSED:
            self.passed += 1
        elif outcome.status == SKIPPED:
            self.skips.append(entry)
        elif outcome.status == EXPECTED:
            self.expected.append(entry)
        else:
            self.failures.append(entry)

    def write(self, path: pathlib.Path) -> None:
        """Write the counts as JSON for tools/run-tests."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + '\n')


def summarise(outcomes: Iterable[TestOutcome]) -> Summary:
    """Count outcomes; a run without a single test counts as one failure."""
    summary = Summary()
    for outcome in outcomes:
        summary.add(outcome)
    if not summary.ran:
        summary.failures.append(('no test ran', ''))
    return summary


def read_stream(stream: typing.BinaryIO) -> list[TestOutcome]:
    """Read a subunit v2 stream; return one outcome a test that was run."""
    tests: list[typing.Any] = []
    result = testtools.StreamToDict(tests.append)
    result.startTestRun()
    case = subunit.ByteStreamToStreamResult(stream, non_subunit_name='stdout')
    try:
        case.run(result)
    finally:
        result.stopTestRun()
    return list(_outcomes(tests))


def read_repository(path: str) -> list[TestOutcome]:
    """Read the latest run of a stestr repository; empty if it has none."""
    try:
        repository = file_repository.RepositoryFactory().open(path)
        run = repository.get_latest_run()
    except (abstract.RepositoryNotFound, KeyError):
        return []
    return read_stream(run.get_subunit_stream())


def _outcomes(tests: list[dict[str, typing.Any]]) -> Iterator[TestOutcome]:
    for test in tests:
        # A test that was only listed ("exists") or output that belongs to no
        # test is not an outcome.
        if test['id'] is None or test['status'] == 'exists':
            continue
        status = _STATUSES[test['status']]
        yield TestOutcome(test['id'], status, _reason(test))


def _reason(test: dict[str, typing.Any]) -> str:
    if test['status'] == 'inprogress':
        return 'began and did not end'
    for name in ('reason', 'traceback'):
        if name in test['details']:
            return test['details'][name].as_text().strip()
    return ''


def main(argv: list[str] | None = None) -> int:
    """Read a repository, write its counts, list the skips with reasons."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repo', required=True)
    parser.add_argument('--write', required=True, type=pathlib.Path)
    args = parser.parse_args(argv)
    summary = summarise(read_repository(args.repo))
    summary.write(args.write)
    for test_id, reason in summary.skips:
        print(f'skipped: {test_id}: {reason}')
    return 1 if summary.failures else 0


if __name__ == '__main__':
    sys.exit(main())
