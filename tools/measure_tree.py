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

"""Measure how the package is divided, without its tests.

``python tools/measure_tree.py [CHECKOUT]`` prints the number and the length of
modules and functions, how many modules have exactly one importer, and what
share of the lines are imports.
The way of a record through them is measured by ``tools/measure_ways.py``.
"""

import argparse
import ast
from collections.abc import Iterator
import dataclasses
import itertools
import pathlib
import statistics
import sys

PACKAGE = 'cinder_backup_meta'
ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclasses.dataclass
class Module:
    """One module of the package.

    :ivar name: its dotted name
    :ivar lines: how many lines it has, blank ones and comments included
    :ivar import_lines: how many of them belong to import statements
    :ivar functions: the lengths of its functions and methods, in lines
    :ivar imports: the dotted names that it imports
    """

    name: str
    lines: int
    import_lines: int
    functions: list[int]
    imports: set[str]


def modules(root: pathlib.Path) -> list[Module]:
    """Return the modules of the package in a checkout, without its tests."""
    return [
        _module(root, path)
        for path in sorted((root / PACKAGE).rglob('*.py'))
        if path.relative_to(root / PACKAGE).parts[0] != 'tests'
    ]


def _module(root: pathlib.Path, path: pathlib.Path) -> Module:
    text = path.read_text()
    nodes = list(ast.walk(ast.parse(text)))
    imports = [
        node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    functions = [
        node
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return Module(
        name=name_of(path.relative_to(root)),
        lines=len(text.splitlines()),
        import_lines=sum(map(_length, imports)),
        functions=[_length(node) for node in functions],
        imports=set(itertools.chain(*map(_names, imports))),
    )


def name_of(path: pathlib.Path) -> str:
    """Return the dotted name of a module, from its path in a checkout."""
    parts = path.with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def _length(node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _names(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield f'{node.module}.{alias.name}'
            yield f'{node.module}'
        else:
            yield alias.name


def with_one_importer(found: list[Module]) -> list[str]:
    """Return the names of the modules that exactly one other imports.

    The ``__init__`` modules do not count: they are imported with their
    contents.
    """
    names = [one.name for one in found]
    packages = {name.rpartition('.')[0] for name in names}
    return [
        name
        for name in names
        if name not in packages
        and sum(name in one.imports for one in found) == 1
    ]


def percentile(values: list[int], percent: int) -> int:
    """Return the value that so many percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def rooms(names: list[str]) -> list[str]:
    """Return the packages and modules right below the package, each once."""
    return list(
        dict.fromkeys(name.split('.')[1] for name in names if '.' in name)
    )


def report(root: pathlib.Path) -> Iterator[str]:
    """Yield the figures of a checkout, line by line."""
    found = modules(root)
    lines = [one.lines for one in found]
    functions = list(itertools.chain(*(one.functions for one in found)))
    imports = sum(one.import_lines for one in found)
    for title, value in (
        ('modules', len(found)),
        ('rooms', len(rooms([one.name for one in found]))),
        ('lines', sum(lines)),
        ('lines of a module, median', statistics.median(lines)),
        ('lines of a module, 95 %', percentile(lines, 95)),
        ('lines of a module, most', max(lines)),
        ('functions', len(functions)),
        ('lines of a function, median', statistics.median(functions)),
        ('lines of a function, 95 %', percentile(functions, 95)),
        ('modules with one importer', len(with_one_importer(found))),
        ('import lines', f'{imports / sum(lines):.1%}'),
    ):
        yield f'{title:<32}{value:>8}'


def main(argv: list[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', nargs='?', type=pathlib.Path, default=ROOT)
    args = parser.parse_args(argv)
    for line in report(args.root):
        print(line)
    return 0


if __name__ == '__main__':
    sys.exit(main())
