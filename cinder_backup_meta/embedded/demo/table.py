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

"""The tables that the ``cinder`` command prints: reading and trimming them."""

import typing

_WIDEST = 48
_HEAD = 20
_TAIL = 8

Rows = list[list[str]]


def shorten(text: str) -> str:
    """A long value with its middle replaced by its length."""
    if len(text) <= _WIDEST:
        return text
    return f'{text[:_HEAD]}[{len(text)} characters]{text[-_TAIL:]}'


def parse(output: str) -> Rows:
    """The cells of a table, the header first; none if there is no table."""
    return [
        [cell.strip() for cell in line.strip('|').split('|')]
        for line in output.splitlines()
        if line.startswith('|')
    ]


def properties(output: str) -> dict[str, str]:
    """A table of two columns as names and values."""
    return {row[0]: row[1] for row in parse(output)[1:]}


def records(output: str) -> list[dict[str, str]]:
    """A table with a row for each thing, as a dict for each."""
    rows = parse(output)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def _columns(rows: Rows, keep: typing.Sequence[str]) -> Rows:
    wanted = [rows[0].index(name) for name in keep if name in rows[0]]
    return [[row[index] for index in wanted] for row in rows]


def trim(output: str, keep: typing.Sequence[str]) -> str:
    """A table again, with what is of interest only and long values shortened.

    :param keep: the names of the properties of a table of properties, the
        columns of another; empty: all
    """
    rows = parse(output)
    if keep and rows[0][0] == 'Property':
        rows = rows[:1] + [row for row in rows[1:] if row[0] in keep]
    elif keep:
        rows = _columns(rows, keep)
    return _draw([[shorten(cell) for cell in row] for row in rows])


def _draw(rows: Rows) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = '+'.join(['', *('-' * (width + 2) for width in widths), ''])
    lines = [
        '|'.join(
            [
                '',
                *(
                    f' {cell:{width}} '
                    for cell, width in zip(row, widths, strict=True)
                ),
                '',
            ]
        )
        for row in rows
    ]
    return '\n'.join([rule, lines[0], rule, *lines[1:], rule])
