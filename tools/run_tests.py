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

"""Run tox environments one after another and sum their results.

Started by tools/run-tests. Each environment of tests writes its counts to a
file; one that could not be set up or that crashed writes none and counts as
one failure. One whose programs are not installed here is skipped, and the
summary says so.
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK_DIR = ROOT / '.tox'
ENVIRONMENTS = (
    'pep8',
    'py3',
    'desk',
    'functional',
    'cinder-unit',
    'fullstack',
    'fullstack-postgresql',
)
#: Its checks are not counted: together they pass or fail.
STYLE = 'pep8'
# What is not run as a whole, for the time that it takes: of a second database
# the tests in which the database takes part. tox by itself runs all of them.
ARGUMENTS = {
    'fullstack-postgresql': (
        r'\.(test_records\.Test(Plugin|Values)|test_other_catalog|test_roles'
        r'|test_faults\.(TestAtOnce|TestServers\.test_database)'
        r'|test_story\.TestGuide)\b'
    )
}
# The database of each environment that starts servers.
DATABASES = {'fullstack': 'mariadb', 'fullstack-postgresql': 'postgresql'}

#: What ``quick`` stands for, and the tests of each; None: all of them. Of the
#: functional tests those that export, import and restore records.
QUICK = {
    STYLE: None,
    'py3': None,
    'desk': None,
    'functional': (
        r'\.test_records\.(TestChain\.'
        r'|TestRecords\.test_(export_is|openstack_client|soft_deleted))'
    ),
}

Entries = list[tuple[str, str]]


@dataclasses.dataclass
class Result:
    """The result of one environment; each entry is an id and a reason."""

    environment: str
    seconds: float
    passed: int = 0
    failures: Entries = dataclasses.field(default_factory=list)
    skips: Entries = dataclasses.field(default_factory=list)
    expected: Entries = dataclasses.field(default_factory=list)


def lacking(environment: str) -> str | None:
    """Return which programs are missing for the environment, in words."""
    if environment not in DATABASES:
        return None
    # The package is not installed here; it is imported from the checkout.
    sys.path.insert(0, str(ROOT))
    try:
        from cinder_backup_meta.tests.fullstack import programs
    finally:
        sys.path.pop(0)
    return programs.missing(DATABASES[environment])


def run(environment: str, tests: str | None = None) -> Result:
    """Run one environment and show its output as it comes.

    :param tests: a regular expression; None runs all of its tests
    """
    print(f'\n==== {environment}', flush=True)
    if reason := lacking(environment):
        print(f'skipped: {reason}', flush=True)
        return Result(environment, 0, skips=[('(environment)', reason)])
    _forget(environment)
    start = time.monotonic()
    command = [sys.executable, '-m', 'tox', 'run', '-e', environment]
    command += ['--workdir', str(WORK_DIR)]
    if tests:
        command += ['--', tests]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    return read(environment, status, time.monotonic() - start)


def read(
    environment: str,
    status: int,
    seconds: float,
    work_dir: pathlib.Path = WORK_DIR,
) -> Result:
    """Return the counts that the environment wrote.

    :param status: the exit status of tox: a failure that is not among the
        counts is added to them
    :param seconds: how long the environment took
    """
    result = Result(environment, seconds)
    if environment == STYLE and not status:
        result.passed = 1
        return result
    path = work_dir / 'runs' / environment / 'results.json'
    try:
        counts = json.loads(path.read_text())
    except (OSError, ValueError):
        reason = f'no results: set-up failed or crash (exit status {status})'
        if environment == STYLE:
            reason = f'exit status {status}, see above'
        result.failures.append(('(environment)', reason))
        return result
    result.passed = counts['passed']
    for name in ('failures', 'skips', 'expected'):
        setattr(result, name, [(one, why) for one, why in counts[name]])
    if status and not result.failures:
        reason = f'tox failed with exit status {status}, no test did'
        result.failures.append(('(environment)', reason))
    return result


def _forget(environment: str) -> None:
    """Remove an earlier run, so that it cannot be taken for this one."""
    shutil.rmtree(WORK_DIR / 'runs' / environment, ignore_errors=True)


def report(results: list[Result]) -> list[str]:
    """Return the lines of the summary; the last is the total."""
    lines = ['', '==== Summary']
    for title in ('skips', 'expected', 'failures'):
        lines += _entries(title, results)
    lines += ['', _row('', 'passed', 'failed', 'skipped', 'expected', 'secs')]
    for one in results:
        lines.append(
            _row(
                one.environment,
                one.passed,
                len(one.failures),
                len(one.skips),
                len(one.expected),
                f'{one.seconds:.0f}',
            )
        )
    passed = sum(one.passed for one in results)
    failed = sum(len(one.failures) for one in results)
    return lines + ['', f'{passed} passed, {failed} failed']


def _row(name: str, *cells: int | str) -> str:
    return f'{name:<20}' + ''.join(f'{cell!s:>10}' for cell in cells)


_TITLES = {
    'skips': 'Skipped:',
    'expected': 'Expected failures, where the plugin differs on purpose:',
    'failures': 'FAILED:',
}


def _entries(title: str, results: list[Result]) -> list[str]:
    lines = []
    for one in results:
        for test, reason in getattr(one, title):
            last = reason.splitlines()[-1] if reason else ''
            lines.append(f'  {one.environment}: {test}: {last}'.rstrip(': '))
    return [_TITLES[title]] + lines if lines else []


def main(argv: list[str] | None = None) -> int:
    """Run the named environments, or all; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog='tools/run-tests')
    parser.add_argument(
        'environments',
        nargs='*',
        metavar='environment',
        help=(
            f'one of {", ".join(ENVIRONMENTS)}, or quick for '
            f'{", ".join(QUICK)} with a part of the functional tests; '
            'without any: all'
        ),
    )
    names = parser.parse_args(argv).environments or list(ENVIRONMENTS)
    if names == ['quick']:
        chosen = QUICK
    else:
        unknown = sorted(set(names) - set(ENVIRONMENTS))
        if unknown:
            parser.error(
                f'no such environment: {", ".join(unknown)} '
                f'(there are {", ".join(ENVIRONMENTS)})'
            )
        chosen = {name: ARGUMENTS.get(name) for name in names}
    results = [run(name, tests) for name, tests in chosen.items()]
    print('\n'.join(report(results)))
    return 1 if any(one.failures for one in results) else 0


if __name__ == '__main__':
    sys.exit(main())
