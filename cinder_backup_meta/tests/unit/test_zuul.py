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

"""The jobs of .zuul.yaml, as far as they can be told without a Zuul."""

import configparser
import itertools
import pathlib
import re

import testtools
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]

#: Jobs of OpenStack's own that run the environment of tox after this prefix.
TOX = 'openstack-tox-'


def _environments():
    """Return the names of the environments in tox.ini, without patterns."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / 'tox.ini')
    for section in parser.sections():
        kind, _, name = section.partition(':')
        if kind == 'testenv' and name:
            # functional{,-py311}: each part in braces is a choice.
            parts = re.split(r'\{([^}]*)\}', name)
            choices = [
                part.split(',') if index % 2 else [part]
                for index, part in enumerate(parts)
            ]
            yield from map(''.join, itertools.product(*choices))


def _is_environment(name):
    # [testenv] itself is the unit tests on any Python.
    return name in set(_environments()) or re.fullmatch(r'py3\d*', name)


class TestZuul(testtools.TestCase):
    def setUp(self):
        super().setUp()
        path = ROOT / '.zuul.yaml'
        if not path.exists():
            self.skipTest('not run from a source tree')
        items = yaml.safe_load(path.read_text())
        self.jobs = {
            item['job']['name']: item['job']
            for item in items
            if list(item) == ['job']
        }
        [self.project] = [
            item['project'] for item in items if list(item) == ['project']
        ]
        # Nothing else is in the file, and no job is there twice.
        self.assertEqual(len(items), len(self.jobs) + 1)

    def _named(self, pipeline):
        """Return the jobs that a pipeline runs, with what it adds to them."""
        return dict(
            job.copy().popitem() if isinstance(job, dict) else (job, {})
            for job in self.project[pipeline]['jobs']
        )

    def test_every_job_is_known(self):
        for pipeline in 'check', 'gate':
            for name in self._named(pipeline):
                self.assertTrue(
                    name in self.jobs or name.startswith(TOX), name
                )

    def test_every_job_is_run(self):
        self.assertEqual(
            set(self.jobs), set(self._named('check')) & set(self.jobs)
        )

    def test_gate_runs_nothing_that_check_does_not(self):
        self.assertLessEqual(
            set(self._named('gate')), set(self._named('check'))
        )

    def test_parents_are_of_openstack(self):
        self.assertEqual(
            {'openstack-tox', 'devstack-tempest'},
            {job['parent'] for job in self.jobs.values()},
        )

    def test_environments_of_tox(self):
        environments = [
            name.removeprefix(TOX)
            for name in self._named('check')
            if name not in self.jobs
        ] + [
            job['vars']['tox_envlist']
            for job in self.jobs.values()
            if job['parent'] == 'openstack-tox'
        ]
        for name in environments:
            self.assertTrue(_is_environment(name), name)
        self.assertLessEqual(
            {
                *('pep8', 'docs', 'functional-py311', 'cinder-unit'),
                *('fullstack', 'fullstack-postgresql'),
            },
            set(environments),
        )

    def test_packages_of_the_full_stack(self):
        text = (ROOT / 'bindep.txt').read_text()
        for name in 'fullstack', 'fullstack-postgresql':
            job = self.jobs[f'cinder-backup-meta-tox-{name}']
            for profile in job['vars']['bindep_profile'].split():
                self.assertRegex(text, rf'(?m)^[^#].*[\[ ]{profile}[\] ]')

    def _irrelevant(self):
        for job in self.jobs.values():
            yield job['name'], job['irrelevant-files']
        for name, more in self._named('check').items():
            if 'irrelevant-files' in more:
                yield name, more['irrelevant-files']

    def test_what_is_relevant_everywhere(self):
        for name, patterns in self._irrelevant():
            for path in (
                'cinder_backup_meta/manager.py',
                'pyproject.toml',
                '.zuul.yaml',
            ):
                self.assertTrue((ROOT / path).exists())
                for pattern in patterns:
                    self.assertIsNone(re.match(pattern, path), name)

    def test_devstack(self):
        job = self.jobs['cinder-backup-meta-devstack-tempest']
        [plugin] = job['vars']['devstack_plugins']
        self.assertIn(
            f'\ndefine_plugin {plugin}\n',
            (ROOT / 'devstack' / 'settings').read_text(),
        )
        self.assertTrue(job['vars']['devstack_services']['c-bak'])
        for path in (
            'cinder_backup_meta/tests/tempest/plugin.py',
            'devstack/plugin.sh',
            'devstack/settings',
        ):
            self.assertTrue((ROOT / path).exists())
            for pattern in job['irrelevant-files']:
                self.assertIsNone(re.match(pattern, path))

    def test_tempest(self):
        values = self.jobs['cinder-backup-meta-devstack-tempest']['vars']
        # Its folder has the name that devstack knows the plugin by.
        self.assertEqual(
            list(values['devstack_plugins']), values['tempest_plugins']
        )
        admin = 'tempest.api.volume.admin.test_volumes_backup'
        for name, wanted in (
            (f'{admin}.VolumesBackupsAdminTest.test_x[id-1]', True),
            ('tempest.api.volume.test_volumes_backup.V.test_x[id-1]', True),
            ('tempest.scenario.test_volume_backup_restore.T.test_x', True),
            ('tempest.api.volume.test_volumes_list.V.test_x[id-1]', False),
            ('cinder_backup_meta.tests.tempest.tests.api.test_x.X.y', True),
            ('cinder_backup_meta.tests.unit.test_zuul.TestZuul.y', False),
        ):
            found = re.search(values['tempest_test_regex'], name)
            self.assertEqual(wanted, bool(found), name)
