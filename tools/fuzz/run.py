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

"""Fuzz the codec for a time and for a number of inputs, both at the least.

``python -m tools.fuzz.run --seconds 600 --inputs 1000000``
begins with a corpus of its own in a temporary folder and ends with the figures
of the run. An input that breaks the codec is kept, and the status is 1.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from tools.fuzz import corpus

_TARGET = 'tools.fuzz.fuzz_codec'
_OPTIONS = (
    '-timeout=2',
    '-rss_limit_mb=512',
    '-max_len=4096',
    '-print_final_stats=1',
)
_DONE = re.compile(r'cov: (\d+) ft: (\d+) corp: (\d+)')
# What libFuzzer says of each input that it keeps; there are thousands.
_PROGRESS = re.compile(r'^#\d+\t(NEW|REDUCE)')
_STATISTIC = re.compile(r'stat::(\w+):\s+(\d+)')


class Run:
    """The figures of a run so far."""

    def __init__(self, folder):
        self.folder = folder
        self.inputs = self.peak_mib = 0
        self.edges = self.features = self.kept = 0
        self.seconds = 0.0

    def go(self, *bounds):
        """Run libFuzzer within bounds of its own; return its status."""
        start = time.monotonic()
        command = [sys.executable, '-m', _TARGET, *_OPTIONS, *bounds]
        command.append(f'-dict={self.folder / "dictionary"}')
        command.append(f'-artifact_prefix={self.folder}/')
        command.append(str(self.folder / 'corpus'))
        with subprocess.Popen(
            command,
            env=dict(os.environ, FUZZ_FOLDER=str(self.folder)),
            stderr=subprocess.PIPE,
            text=True,
            errors='replace',
        ) as process:
            for line in process.stderr:
                self._take(line)
                if not _PROGRESS.search(line):
                    print(line, end='', flush=True)
        self.seconds += time.monotonic() - start
        return process.returncode

    def _take(self, line):
        done = _DONE.search(line)
        if done:
            edges, features, self.kept = map(int, done.groups())
            self.edges = max(self.edges, edges)
            self.features = max(self.features, features)
        statistic = _STATISTIC.match(line)
        if statistic:
            name, number = statistic[1], int(statistic[2])
            if name == 'number_of_executed_units':
                self.inputs += number
            elif name == 'peak_rss_mb':
                self.peak_mib = max(self.peak_mib, number)

    def show(self):
        """Print the figures."""
        slowest = json.loads((self.folder / 'slowest').read_text())
        print(f'inputs         {self.inputs}')
        print(f'seconds        {self.seconds:.0f}')
        print(f'inputs/s       {self.inputs / self.seconds:.0f}')
        print(f'coverage       {self.edges} edges, {self.features} features')
        print(f'corpus         {self.kept} inputs')
        print(f'peak RSS       {self.peak_mib} MiB')
        print(
            f'slowest input  {slowest["seconds"] * 1000:.1f} ms, '
            f'{slowest["length"]} characters'
        )


def run(folder, seconds, inputs):
    """Fuzz until both minima are reached; return the exit status."""
    (folder / 'corpus').mkdir(exist_ok=True)
    corpus.write(folder / 'corpus', folder / 'dictionary')
    so_far = Run(folder)
    status = so_far.go(f'-max_total_time={seconds}') if seconds else 0
    if not status and so_far.inputs < inputs:
        status = so_far.go(f'-runs={inputs - so_far.inputs}')
    if status:
        print(f'FAILED: the input is in {folder}')
        return 1
    so_far.show()
    return 0


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=int, default=600)
    parser.add_argument('--inputs', type=int, default=1000000)
    parser.add_argument(
        '--folder',
        type=pathlib.Path,
        help='what to go on from and to leave the corpus in; without it the '
        'corpus is new, and gone after a run that found nothing',
    )
    args = parser.parse_args(argv)
    if args.folder:
        args.folder.mkdir(parents=True, exist_ok=True)
        return run(args.folder.resolve(), args.seconds, args.inputs)
    folder = pathlib.Path(tempfile.mkdtemp(prefix='fuzz-codec-'))
    status = run(folder, args.seconds, args.inputs)
    if not status:
        shutil.rmtree(folder)
    return status


if __name__ == '__main__':
    sys.exit(main())
