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

"""Run the checks that are no tests, each by its name.

``python tools/check.py`` runs all of them, ``python tools/check.py style``
one. ``--fix`` lets the two that can (style and format) change the files.
"""

import argparse
from collections.abc import Callable
from collections.abc import Iterator
import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
ETC = 'etc/cinder_backup_meta'
DOC_FILES = (
    'README.rst',
    'CONTRIBUTING.rst',
    'HACKING.rst',
    'devstack/README.rst',
)
SHELL_SCRIPTS = (
    '.ci/run',
    'cinder_backup_meta/tests/unit/devstack/functions.sh',
    'devstack/plugin.sh',
    'devstack/settings',
    'tools/bench',
    'tools/make-constraints',
    'tools/quickstart',
    'tools/run-tests',
)

#: The first lines of every source file, taken from this one.
HEADER = ''.join(
    pathlib.Path(__file__).read_text().partition('under the License.\n')[:2]
)


class CheckFailed(Exception):
    """A check found something; its text is what to show."""


def call(*command: str) -> str:
    """Run a command in the project's folder and return its output.

    :raises CheckFailed: it ended with a status other than 0
    """
    path = f'{pathlib.Path(sys.executable).parent}{os.pathsep}'
    environ = dict(os.environ, PATH=path + os.environ.get('PATH', ''))
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CheckFailed(f'$ {" ".join(command)}\n{done.stdout}')
    return done.stdout


def style(fix: bool) -> None:
    call('ruff', 'check', *(['--fix'] if fix else []), '.')


def formatting(fix: bool) -> None:
    call('ruff', 'format', *([] if fix else ['--diff']), '.')


def hacking(fix: bool) -> None:
    call('flake8', 'cinder_backup_meta', 'tools')


def header(fix: bool) -> None:
    bad = [
        str(path.relative_to(ROOT))
        for path in source_files()
        if not _without_interpreter(path.read_text()).startswith(HEADER)
    ]
    if bad:
        raise CheckFailed('without the licence header: ' + ', '.join(bad))


def _without_interpreter(text: str) -> str:
    return text.partition('\n')[2] if text.startswith('#!') else text


def typing(fix: bool) -> None:
    call('mypy')


def shell(fix: bool) -> None:
    for script in SHELL_SCRIPTS:
        # What devstack sources is for its bash.
        is_posix = (ROOT / script).read_text().startswith('#!/bin/sh\n')
        call('sh' if is_posix else 'bash', '-n', script)
    call('shellcheck', *SHELL_SCRIPTS)


def prose(fix: bool) -> None:
    call('doc8', 'doc/source', 'releasenotes/source', *DOC_FILES)


def sample_config(fix: bool) -> None:
    conf = _import_quietly('cinder_backup_meta.conf')
    wanted = [f'#{opt.name} =' for _, opts in conf.list_opts() for opt in opts]
    _sample('oslo-config-generator', 'config-generator.conf', wanted)


def sample_policy(fix: bool) -> None:
    policies = _import_quietly('cinder_backup_meta.policies')
    wanted = [f'#"{rule.name}":' for rule in policies.list_rules()]
    _sample('oslopolicy-sample-generator', 'policy-generator.conf', wanted)


def _import_quietly(name: str) -> types.ModuleType:
    """Import one of our modules without the warnings of Cinder's."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return importlib.import_module(name)


def _sample(generator: str, config: str, wanted: list[str]) -> None:
    """Generate a sample; the generators don't fail for a missing module."""
    with tempfile.TemporaryDirectory() as folder:
        sample = pathlib.Path(folder, 'sample')
        output = call(
            generator,
            '--config-file',
            f'{ETC}/{config}',
            '--output-file',
            str(sample),
        )
        text = sample.read_text()
    missing = [one for one in wanted if one not in text]
    if missing or not wanted:
        raise CheckFailed(f'{output}the sample lacks: {missing}')


def documentation(fix: bool) -> None:
    _sphinx('doc/source')


def release_notes(fix: bool) -> None:
    call('reno', 'lint')
    _sphinx('releasenotes/source')


def _sphinx(source: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        call('sphinx-build', '-W', '--keep-going', '-q', source, folder)


def source_files() -> Iterator[pathlib.Path]:
    """Yield what must carry the licence header: Python and shell."""
    yield ROOT / 'setup.py'
    for script in SHELL_SCRIPTS:
        yield ROOT / script
    for folder in ('cinder_backup_meta', 'doc', 'releasenotes', 'tools'):
        for path in sorted((ROOT / folder).rglob('*.py')):
            if 'build' not in path.parts:
                yield path


CHECKS: dict[str, Callable[[bool], None]] = {
    'style': style,
    'format': formatting,
    'hacking': hacking,
    'header': header,
    'types': typing,
    'shell': shell,
    'prose': prose,
    'sample-config': sample_config,
    'sample-policy': sample_policy,
    'documentation': documentation,
    'release-notes': release_notes,
}


def run(names: list[str], fix: bool = False) -> dict[str, str]:
    """Run checks, tell of each, return the output of those that failed."""
    failures: dict[str, str] = {}
    for name in names:
        try:
            CHECKS[name](fix)
        except (CheckFailed, OSError) as error:
            failures[name] = str(error)
            print(f'{name:<15} FAILED\n{error}', flush=True)
        else:
            print(f'{name:<15} ok', flush=True)
    return failures


def write(path: pathlib.Path, count: int, failures: dict[str, str]) -> None:
    """Write the counts for tools/run-tests: each check counts as one."""
    results = {
        'passed': count - len(failures),
        'failures': [[name, 'see above'] for name in failures],
        'skips': [],
        'expected': [],
    }
    path.write_text(json.dumps(results, indent=1) + '\n')


def main(argv: list[str] | None = None) -> int:
    """Run the named checks, or all; return 1 if any failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', type=pathlib.Path)
    parser.add_argument('--fix', action='store_true')
    parser.add_argument('checks', nargs='*', help=', '.join(CHECKS))
    args = parser.parse_args(argv)
    unknown = sorted(set(args.checks) - set(CHECKS))
    if unknown:
        parser.error(f'no such check: {", ".join(unknown)}')
    names = args.checks or list(CHECKS)
    failures = run(names, args.fix)
    if args.results:
        write(args.results, len(names), failures)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
