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

"""The output of the demonstration, and the tables of the ``cinder`` command.

The tables are read back because the demonstration shows them shortened, and
takes the values that it needs from what it shows.
"""

import textwrap
import typing

import prettytable

_INDENT = '    '

_WIDEST = 48
_HEAD = 20
_TAIL = 8

Rows = list[list[str]]


class Screen:
    """Prints steps, commands and results as they come."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._step = 0

    def say(self, text: str = '') -> None:
        """Print a paragraph as it is."""
        print(text, flush=True)

    def step(self, what: str, why: str) -> None:
        """Begin the next step."""
        self._step += 1
        self.say(f'\n[{self._step}/{self._steps}] {what}')
        self.say(
            textwrap.fill(
                why, 76, initial_indent=_INDENT, subsequent_indent=_INDENT
            )
        )

    def command(self, arguments: typing.Sequence[str]) -> None:
        """Print a command as a user would type it."""
        self.say(f'{_INDENT}$ ' + ' '.join(map(shorten, arguments)))

    def result(self, text: str) -> None:
        """Print the result of a command."""
        self.say(textwrap.indent(text, _INDENT))


def shorten(text: str) -> str:
    """Return a long value with its middle replaced by its length."""
    if len(text) <= _WIDEST:
        return text
    return f'{text[:_HEAD]}[{len(text)} characters]{text[-_TAIL:]}'


def parse(output: str) -> Rows:
    """Return the cells of a table, the header first; [] without a table."""
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in output.splitlines()
        if line.startswith('|')
    ]


def properties(output: str) -> dict[str, str]:
    """Return a table of two columns as names and values."""
    return {row[0]: row[1] for row in parse(output)[1:]}


def records(output: str) -> list[dict[str, str]]:
    """Return each row of a table as a dict."""
    rows = parse(output)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _columns(rows: Rows, keep: typing.Sequence[str]) -> Rows:
    wanted = [rows[0].index(name) for name in keep if name in rows[0]]
    return [[row[index] for index in wanted] for row in rows]


def trim(output: str, keep: typing.Sequence[str]) -> str:
    """Return a table with a part of its cells, and long values shortened.

    :param keep: the properties to keep, if it is a table of properties, or
        the columns; empty: all
    """
    rows = parse(output)
    if keep and rows[0][0] == 'Property':
        rows = rows[:1] + [row for row in rows[1:] if row[0] in keep]
    elif keep:
        rows = _columns(rows, keep)
    drawn = prettytable.PrettyTable(rows[0])
    drawn.align = 'l'
    for row in rows[1:]:
        drawn.add_row([shorten(cell) for cell in row])
    return drawn.get_string()
