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

"""What strict reading and writing of a record costs.

``python tools/bench_codec.py`` compares the codec with the plain calls of the
standard library that do no check at all. Each round times both one after the
other, so that a slow moment of the machine strikes both. What is shown is the
median of the rounds, in microseconds of the processor's time, and the median
of the rounds' ratios.
"""

import argparse
import base64
from collections.abc import Callable
import json
import statistics
import sys
import time
import typing

from cinder_backup_meta import exception
from cinder_backup_meta.record import codec
from cinder_backup_meta.tests import samples

# Seconds for which each call is timed in each round, at the least.
SLICE = 0.002

Call = Callable[[], object]


def records() -> dict[str, str]:
    """Return the record strings to measure with, by what they are."""
    many = {f'key-{number}': 'value ' * 10 for number in range(1000)}
    return {
        'typical': samples.encode(samples.record()),
        'metadata of 1,000 keys': samples.encode(
            samples.record(metadata=many)
        ),
        'refused, deleted: 7': samples.encode(samples.record(deleted=7)),
    }


def plain_read(string: str) -> typing.Any:
    """Do what stock Cinder does to read a record."""
    return json.loads(base64.b64decode(string))


def plain_write(document: typing.Any) -> str:
    """Do what stock Cinder does to write a record."""
    return base64.b64encode(json.dumps(document).encode()).decode('ascii')


def read(string: str) -> typing.Any:
    """Read strictly; a refusal is what is to be timed, too."""
    try:
        return codec.decode(string)
    except exception.RecordRefused:
        return None


def seconds(call: Call, times: int) -> float:
    """Return how long one call takes, as the mean of ``times``."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times


def compare(plain: Call, strict: Call, rounds: int) -> list[float]:
    """Return the medians: seconds of plain, of strict, and their ratio."""
    times = max(1, round(SLICE / seconds(strict, 20)))
    pairs = [
        (seconds(plain, times), seconds(strict, times)) for _ in range(rounds)
    ]
    rows = [(first, second, second / first) for first, second in pairs]
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def show(what: str, verb: str, medians: list[float]) -> None:
    """Print one line of the table, times in microseconds."""
    plain, strict, ratio = medians
    print(
        f'{what:<24}{verb:<7}{plain * 1e6:>10.1f}{strict * 1e6:>10.1f}'
        f'{ratio:>8.2f}'
    )


def measure(what: str, string: str, rounds: int) -> None:
    """Measure one record, reading and, where it can be read, writing."""
    reading = compare(lambda: plain_read(string), lambda: read(string), rounds)
    show(what, 'read', reading)
    values = read(string)
    if values is not None:
        document = plain_read(string)
        writing = compare(
            lambda: plain_write(document),
            lambda: codec.encode(values),
            rounds,
        )
        show(what, 'write', writing)


def main(argv: list[str] | None = None) -> int:
    """Measure every record and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--rounds', type=int, default=301)
    rounds = parser.parse_args(argv).rounds
    print(f'{"record":<24}{"":<7}{"plain µs":>10}{"codec µs":>10}{"ratio":>8}')
    for what, string in records().items():
        measure(what, string, rounds)
    return 0


if __name__ == '__main__':
    sys.exit(main())
