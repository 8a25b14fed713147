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

"""What the installed package and the files beside it promise."""

import configparser
import importlib.metadata
import importlib.util
import inspect
import pathlib
import re
import subprocess
import sys

from packaging import requirements
from packaging import utils
import testtools
import yaml

from cinder_backup_meta import version

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAME = 'cinder-backup-meta'

#: Requirements that a constraints file must pin, beside the package's own.
REQUIREMENT_FILES = (
    'requirements.txt',
    'test-requirements.txt',
    'doc/requirements.txt',
    'tools/check-requirements.txt',
    'cinder_backup_meta/tests/fullstack/requirements.txt',
)

#: Groups that a program of another project reads, and its package. Where that
#: is not installed, the entry points cannot be loaded.
OF_OTHERS = {'tempest.test_plugins': 'tempest'}


def _is_of_nobody(group):
    return group in OF_OTHERS and not importlib.util.find_spec(
        OF_OTHERS[group]
    )


def _lines(path):
    for line in (ROOT / path).read_text().splitlines():
        text = line.partition('#')[0].strip()
        if text:
            yield requirements.Requirement(text)


def _pins(path):
    return {
        utils.canonicalize_name(one.name): one.specifier
        for one in _lines(path)
    }


class TestInstalled(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.distribution = importlib.metadata.distribution(NAME)

    def test_every_entry_point_can_be_loaded(self):
        groups = set()
        for entry_point in self.distribution.entry_points:
            groups.add(entry_point.group)
            if _is_of_nobody(entry_point.group):
                found = importlib.util.find_spec(entry_point.module)
                self.assertIsNotNone(found, entry_point)
                continue
            loaded = entry_point.load()
            self.assertTrue(
                callable(loaded) or inspect.ismodule(loaded), entry_point
            )
        self.assertLessEqual(
            {
                'cinder_backup_meta.endpoints',
                'console_scripts',
                'openstack.cli.extension',
                'openstack.volume.v3',
                'oslo.config.opts',
                'oslo.policy.policies',
                'tempest.test_plugins',
            },
            groups,
        )

    def test_the_base_install_does_without_cinder(self):
        names = {
            requirement.name
            for requirement in self._requirements()
            # What builds the package may keep the version of Python in it.
            if requirement.marker is None
            or requirement.marker.evaluate({'extra': ''})
        }
        self.assertEqual(
            {
                'backports.zstd',
                'keystoneauth1',
                'pbr',
                'python-cinderclient',
                'tqdm',
            },
            names,
        )

    def test_the_extra_brings_cinder(self):
        names = {
            requirement.name
            for requirement in self._requirements()
            if requirement.marker
            and requirement.marker.evaluate({'extra': 'cinder'})
        }
        self.assertIn('cinder', names)

    def test_version(self):
        self.assertEqual(
            self.distribution.version,
            version.version_info.release_string(),
        )

    @testtools.skipUnless(
        (ROOT / '.git').exists(), 'pbr makes versions from git only'
    )
    def test_version_that_is_being_prepared(self):
        # Without a tag or a version in setup.cfg, it would begin with 0.0.1.
        metadata = configparser.ConfigParser()
        metadata.read(ROOT / 'setup.cfg')
        prepared = metadata['metadata']['version']
        made = subprocess.check_output(
            [
                sys.executable,
                '-c',
                'import setuptools; setuptools.setup(pbr=True)',
                '--version',
            ],
            cwd=ROOT,
            text=True,
        ).splitlines()[-1]
        self.assertEqual(prepared, made.partition('.dev')[0])

    def _requirements(self):
        return [
            requirements.Requirement(text)
            for text in self.distribution.requires
        ]


class TestSourceTree(testtools.TestCase):
    def setUp(self):
        super().setUp()
        if not (ROOT / 'constraints').is_dir():
            self.skipTest('not run from a source tree')

    def test_constraints_pin_everything_named(self):
        for path in sorted((ROOT / 'constraints').iterdir()):
            pins = _pins(path)
            for specifier in pins.values():
                self.assertRegex(str(specifier), '^==[^*]+$')
            for name in REQUIREMENT_FILES:
                for one in _lines(name):
                    self._assert_pinned(one, pins)
            for text in importlib.metadata.requires(NAME):
                self._assert_pinned(requirements.Requirement(text), pins)

    def _assert_pinned(self, requirement, pins):
        if requirement.name == NAME:
            return
        pin = pins.get(utils.canonicalize_name(requirement.name))
        self.assertIsNotNone(pin, f'not pinned: {requirement}')
        version = str(pin).removeprefix('==')
        self.assertTrue(
            requirement.specifier.contains(version),
            f'{requirement} is pinned to {version}',
        )

    def test_constraints_name_their_cinder(self):
        for path in sorted((ROOT / 'constraints').iterdir()):
            release = re.fullmatch(r'cinder-(\d+)\.txt', path.name)[1]
            self.assertTrue(
                str(_pins(path)['cinder']).startswith(f'=={release}.')
            )

    def test_pre_commit_uses_the_same_versions(self):
        hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
        pins = _pins('constraints/cinder-29.txt')
        for hook in hooks['repos'][0]['hooks']:
            for text in hook.get('additional_dependencies', ()):
                one = requirements.Requirement(text)
                self.assertEqual(
                    pins[utils.canonicalize_name(one.name)], one.specifier
                )
