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

"""Arguments and output that several sub-commands have in common."""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
import json
import sys
import typing

import prettytable
import tqdm

from cinder_backup_meta import quoting

# Arguments


def add_format(parser: typing.Any) -> None:
    """Add the option ``--format`` to a parser of argparse."""
    parser.add_argument(
        '--format',
        choices=('table', 'json'),
        default='table',
        help='output format (default: %(default)s)',
    )


def at_least(least: int, name: str) -> Callable[[str], int]:
    """Return a type for argparse that reads a whole number.

    :param least: the smallest number that is accepted
    :param name: what argparse calls it if the text is not a number
    """

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f'it must be {least} or more')
        return number

    read.__name__ = name
    return read


# Output


def print_json(values: typing.Any) -> None:
    """Print a value as indented JSON."""
    print(json.dumps(values, indent=2))


def table(
    rows: Iterable[Sequence[typing.Any]], header: Sequence[str] | None = None
) -> list[str]:
    """Return the lines of a table without borders; None becomes a dash."""
    drawn = prettytable.PrettyTable(header, header=header is not None)
    for row in rows:
        drawn.add_row(
            ['-' if cell is None else quoting.quote(cell) for cell in row]
        )
    drawn.border = False
    drawn.align = 'l'
    drawn.left_padding_width = 0
    drawn.right_padding_width = 2
    return [line.rstrip() for line in drawn.get_string().splitlines()]


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, with quoted texts from databases and the storage."""
    for line in lines:
        print(quoting.quote(line))


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the singular or plural."""
    return f'{number} {noun}{"" if number == 1 else "s"}'


def progress(unit: str) -> 'tqdm.tqdm[typing.NoReturn]':
    """Return a counter on standard error; it is shown on a terminal only.

    :param unit: what is counted, in the plural
    """
    # None disables it if the file is not a terminal.
    return tqdm.tqdm(
        unit=f' {unit}', file=sys.stderr, leave=False, disable=None
    )
