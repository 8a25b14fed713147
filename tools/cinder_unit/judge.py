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

"""Judge a run of Cinder's tests by the list of expected failures.

Three rules: a failure that is not listed fails the run; a listed test that
does not fail, fails it; a listed test that did not run at all, fails it. The
last rule is left out when only selected tests were run.
"""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator
import pathlib
import sys

from tools.cinder_unit import expectations
from tools import results


def judge(
    outcomes: Iterable[results.TestOutcome],
    reasons: dict[str, str],
    partial: bool = False,
) -> results.Summary:
    """Return the counts of a run by the three rules.

    :param outcomes: the outcome of every test
    :param reasons: the expected failures, by id
    :param partial: only some of the tests were to run
    """
    outcomes = list(outcomes)
    summary = results.summarise(_judged(outcomes, reasons))
    if not partial:
        ran = {outcome.test_id for outcome in outcomes}
        for test_id in sorted(set(reasons) - ran):
            summary.failures.append((test_id, 'listed, but it did not run'))
    return summary


def _judged(
    outcomes: Iterable[results.TestOutcome], reasons: dict[str, str]
) -> Iterator[results.TestOutcome]:
    for outcome in outcomes:
        reason = reasons.get(outcome.test_id)
        if reason is None:
            yield outcome
        elif outcome.status == results.FAILED:
            yield results.TestOutcome(
                outcome.test_id, results.EXPECTED, reason
            )
        else:
            yield results.TestOutcome(
                outcome.test_id,
                results.FAILED,
                f'listed as an expected failure, but: {outcome.status}',
            )


def report(summary: results.Summary) -> Iterator[str]:
    """Yield the verdict, line by line."""
    for title, entries in (
        ('expected failure', summary.expected),
        ('skipped', summary.skips),
        ('FAILED', summary.failures),
    ):
        for test_id, reason in entries:
            yield f'{title}: {test_id}: {_one_line(reason)}'
    yield (
        f"Cinder's tests: {summary.passed} passed, "
        f'{len(summary.failures)} failed, '
        f'{len(summary.expected)} expected failures, '
        f'{len(summary.skips)} skipped'
    )


def _one_line(reason: str) -> str:
    """Return the last line of a traceback; the run has shown all of it."""
    return reason.splitlines()[-1] if reason else ''


def main(argv: list[str] | None = None) -> int:
    """Read a stestr repository, print the verdict, write the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--repo', required=True)
    parser.add_argument('--write', required=True, type=pathlib.Path)
    parser.add_argument(
        'selected', nargs='*', help='what was given to stestr, if anything'
    )
    args = parser.parse_args(argv)
    summary = judge(
        results.read_repository(args.repo),
        expectations.read().expected_failures,
        partial=bool(args.selected),
    )
    summary.write(args.write)
    print('\n'.join(report(summary)))
    return 1 if summary.failures else 0


if __name__ == '__main__':
    sys.exit(main())
