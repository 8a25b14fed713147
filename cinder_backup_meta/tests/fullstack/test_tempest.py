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

"""Tempest, with the tests of the plugin's own and with those of its own."""

from cinder_backup_meta.tests.fullstack import base
from cinder_backup_meta.tests.fullstack import tempest_workspace

#: The plugin's own tests
OWN = r'^cinder_backup_meta\.tests\.tempest\.'
#: Those of tempest that are about export and import
STOCK = r'^tempest\.api\.volume\.admin\.test_volumes_backup\.'


def _describe(outcomes):
    return '\n\n'.join(
        f'{name}: {one["status"]}\n{_text(one)}'
        for name, one in sorted(outcomes.items())
    )


def _text(outcome):
    return '\n'.join(one.as_text() for one in outcome['details'].values())


class TempestTestCase(base.FullStackTestCase):
    def assert_passed(self, outcomes):
        """Check that all have passed, and none was skipped."""
        left = {
            name: one
            for name, one in outcomes.items()
            if one['status'] != 'success'
        }
        self.assertFalse(left, _describe(left))


class TestPlugin(TempestTestCase):
    settings = {'volumes': True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = tempest_workspace.Workspace(cls.cloud)

    def test_own(self):
        self.assert_passed(self.workspace.run(OWN))

    def test_stock(self):
        self.assert_passed(self.workspace.run(STOCK))


class TestStock(TempestTestCase):
    """The same, where Cinder is without the plugin."""

    settings = {'volumes': True, 'stock': True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workspace = tempest_workspace.Workspace(cls.cloud, required=False)

    def test_own(self):
        outcomes = self.workspace.run(OWN)
        self.assertEqual(
            {'skip'},
            {one['status'] for one in outcomes.values()},
            _describe(outcomes),
        )
        for one in outcomes.values():
            self.assertIn('cinder-backup-meta', _text(one))

    def test_stock(self):
        self.assert_passed(self.workspace.run(STOCK))
