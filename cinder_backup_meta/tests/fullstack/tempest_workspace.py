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

"""Tempest, run by its own commands against a control plane."""

import io
import os
import shlex
import subprocess
import sys

import subunit
import testtools

from cinder_backup_meta.tests.fullstack import config
from cinder_backup_meta.tests.fullstack import identity
from cinder_backup_meta.tests.functional import process

_TIMEOUT = 1800


class Workspace:
    """A workspace of tempest's, made by itself, for one control plane.

    :param cloud: the :class:`control_plane.ControlPlane`, with volumes and
        with a Keystone, in which tempest makes users and projects for itself
    :param required: whether it is a failure if the plugin is not there
    """

    def __init__(self, cloud, required=True):
        self._folder = cloud.path('tempest')
        self._call('init', self._folder, cwd=cloud.state_dir)
        options = _options(cloud, self._folder, required)
        config.write(os.path.join(self._folder, 'etc/tempest.conf'), options)

    def _call(self, command, *arguments, cwd, codes=(0,)):
        done = process.call(
            [
                os.path.join(os.path.dirname(sys.executable), 'tempest'),
                *(command, '--workspace-path', f'{self._folder}.yaml'),
                *arguments,
            ],
            _TIMEOUT,
            codes,
            cwd=cwd,
            env=_environment(cwd),
        )
        return done.stdout + done.stderr

    def run(self, regex):
        """Run the tests that match, one after another.

        :returns: a dictionary of each test's name and its outcome, a
            dictionary as testtools.StreamToDict makes it
        :raises AssertionError: none ran
        """
        # 1: some have failed, as their outcomes show.
        output = self._call(
            'run',
            *('--serial', '--regex', regex),
            cwd=self._folder,
            codes=(0, 1),
        )
        outcomes = _last_run(self._folder)
        if not outcomes:
            raise AssertionError(f'no test of {regex} was run:\n{output}')
        # Without its tags: [id-...].
        return {one['id'].partition('[')[0]: one for one in outcomes}


def _last_run(folder):
    """Return the outcomes of the latest run that stestr recorded there."""
    stream = subprocess.run(
        [sys.executable, '-m', 'stestr', 'last', '--subunit'],
        cwd=folder,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    outcomes = []
    result = testtools.StreamToDict(outcomes.append)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(
        io.BytesIO(stream), non_subunit_name='stdout'
    ).run(result)
    result.stopTestRun()
    return [one for one in outcomes if one['id'] != 'stdout']


def _environment(home):
    """Return an environment where nobody else's tempest is configured."""
    own = {
        name: value
        for name, value in os.environ.items()
        # stestr and testtools read some that are meant for our own tests.
        if not name.startswith(('OS_', 'TEMPEST_', 'XDG_'))
    }
    return {**own, 'HOME': home}


def _options(cloud, folder, required):
    """Return tempest.conf, as {section: {option: value}}."""
    lose = [
        sys.executable,
        '-m',
        'cinder_backup_meta.tests.fullstack.lose_rows',
    ]
    return {
        'DEFAULT': {'log_file': os.path.join(folder, 'logs/tempest.log')},
        'auth': {
            'admin_username': 'admin',
            'admin_password': identity.PASSWORD,
            'admin_project_name': 'admin',
            'admin_domain_name': 'Default',
            # Of Neutron, which is not there.
            'create_isolated_networks': False,
        },
        'identity': {
            'uri_v3': cloud.identity.url,
            'auth_version': 'v3',
            'region': cloud.region,
            'v3_endpoint_type': 'public',
        },
        'service_available': {
            'cinder': True,
            'glance': False,
            'neutron': False,
            'nova': False,
            'swift': False,
        },
        'volume': {
            'backup_driver': 'posix',
            'catalog_type': 'block-storage',
            'region': cloud.region,
        },
        'volume-feature-enabled': {'backup': True},
        'oslo_concurrency': {
            'lock_path': os.path.join(folder, 'tempest_lock')
        },
        'backup_meta': {
            'required': required,
            'volume_path': cloud.volume_path('VOLUME_ID'),
            'lose_command': shlex.join([*lose, cloud.url]),
        },
    }
