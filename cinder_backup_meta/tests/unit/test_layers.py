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

import ast
import pathlib

import testtools

import cinder_backup_meta

PACKAGE = 'cinder_backup_meta'
ROOT = pathlib.Path(cinder_backup_meta.__file__).parent

# From the top down, as a request goes. A room may import from itself and from
# the lines below its own; those in one line do not import each other.
LAYERS = [
    'cmd',
    'embedded',
    'rest manager',
    'api worker',
    'recovery checker rpcapi',
    'catalog',
    'importer exporter',
    'restore retention',
    'repositories',
    'objects db policies',
    'conf log',
    'client formats',
    'record',
    'exception',
    'deadlines host_service quoting reasons version',
]

# Used where Cinder is not installed.
WITHOUT_CINDER = {
    'client',
    'exception',
    'formats',
    'quoting',
    'reasons',
    'record',
    'version',
}
SERVER_LIBRARIES = ('cinder.', 'oslo_', 'sqlalchemy', 'stevedore', 'os_brick')


# What the plugin deals in. Each has a file of its name in each of these rooms,
# in which whoever looks for it finds it.
NOUNS = 'exports imports recovery catalog retention'.split()
ROOMS_OF_NOUNS = ('api', 'policies', 'worker/endpoints')

MOST_LINES = 400


def _rank(room):
    for rank, rooms in enumerate(LAYERS):
        if room in rooms.split():
            return rank
    raise AssertionError(f'{room} has no place in LAYERS')


def _modules():
    for path in sorted(ROOT.rglob('*.py')):
        parts = path.relative_to(ROOT).with_suffix('').parts
        if parts[0] not in ('tests', '__init__'):
            yield parts[0], path


def _imports(path):
    """Return the dotted names of all that a module imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f'{node.module}.{alias.name}' for alias in node.names)


class TestLayers(testtools.TestCase):
    def test_imports_go_down_only(self):
        wrong = []
        for room, path in _modules():
            for name in _imports(path):
                parts = name.split('.')
                if parts[0] != PACKAGE or parts[1] == room:
                    continue
                if _rank(parts[1]) <= _rank(room):
                    wrong.append(f'{path.relative_to(ROOT)}: {name}')
        self.assertEqual([], wrong)

    def test_what_the_client_needs_does_without_cinder(self):
        wrong = []
        for room, path in _modules():
            if room in WITHOUT_CINDER:
                wrong += [
                    f'{path.relative_to(ROOT)}: {name}'
                    for name in _imports(path)
                    if name.partition('.')[0] != PACKAGE
                    and f'{name}.'.startswith(SERVER_LIBRARIES)
                ]
        self.assertEqual([], wrong)

    def test_every_line_has_rooms(self):
        rooms = {room for room, _path in _modules()}
        self.assertEqual(rooms, set(' '.join(LAYERS).split()))

    def test_every_noun_has_its_file_in_each_layer(self):
        missing = [
            f'{room}/{noun}.py'
            for room in ROOMS_OF_NOUNS
            for noun in NOUNS
            if not (ROOT / room / f'{noun}.py').exists()
        ]
        self.assertEqual([], missing)

    def test_no_module_is_long(self):
        lengths = {
            str(path.relative_to(ROOT)): len(path.read_text().splitlines())
            for _room, path in _modules()
        }
        too_long = {
            path: lines
            for path, lines in lengths.items()
            if lines > MOST_LINES
        }
        self.assertEqual({}, too_long)

    def test_nothing_imports_the_tools(self):
        wrong = [
            f'{path.relative_to(ROOT)}: {name}'
            for _room, path in _modules()
            for name in _imports(path)
            if name.partition('.')[0] == 'tools'
        ]
        self.assertEqual([], wrong)
