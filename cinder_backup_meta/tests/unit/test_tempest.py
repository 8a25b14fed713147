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

"""The plugin of tempest, as far as it can be told without tempest.

What it does is tested by the full stack, where tempest runs it.
"""

import ast
import collections
import sys
import uuid

import testtools

from cinder_backup_meta.tests.unit import test_layers

FOLDER = test_layers.ROOT / 'tests' / 'tempest'

# What a client installation has, and what comes with tempest.
ALLOWED = {
    'cinder_backup_meta',
    'keystoneauth1',
    'oslo_config',
    'oslo_serialization',
    'tempest',
}


def _trees():
    for path in sorted(FOLDER.rglob('*.py')):
        yield path, ast.parse(path.read_text())


def _imports():
    """Yield the path of each module with each name that it imports."""
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path, alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield path, f'{node.module}.{alias.name}'


def _tests():
    """Yield the name of each test and the ids that it is decorated with."""
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                if node.name.startswith('test_'):
                    yield f'{path.stem}.{node.name}', _ids(node)


def _ids(function):
    return [
        decorator.args[0].value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and ast.unparse(decorator.func) == 'decorators.idempotent_id'
    ]


class TestTempest(testtools.TestCase):
    def test_does_without_cinder(self):
        standard = set(sys.stdlib_module_names)
        found = collections.defaultdict(set)
        for path, name in _imports():
            found[name.partition('.')[0]].add(path.name)
        self.assertEqual(
            {},
            {
                name: paths
                for name, paths in found.items()
                if name not in standard | ALLOWED
            },
        )

    def test_uses_of_the_package_what_a_client_has(self):
        for path, name in _imports():
            package, _dot, rest = name.partition('.')
            room = rest.partition('.')[0]
            if package != 'cinder_backup_meta':
                continue
            if room == 'tests':
                self.assertTrue(rest.startswith('tests.tempest'), path)
            else:
                self.assertIn(room, test_layers.WITHOUT_CINDER, path)

    def test_each_test_has_an_id_of_its_own(self):
        tests = list(_tests())
        self.assertNotEqual([], tests)
        for name, ids in tests:
            self.assertEqual(1, len(ids), name)
            self.assertEqual(4, uuid.UUID(ids[0]).version, name)
        ids = [found[0] for _name, found in tests]
        self.assertEqual(len(ids), len(set(ids)))
