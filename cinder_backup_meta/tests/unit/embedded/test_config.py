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

"""The files that the control plane writes for itself."""

import configparser
import os
import subprocess

import fixtures
from oslo_config import cfg
import testtools

from cinder_backup_meta.embedded import config
from cinder_backup_meta.embedded import exception
from cinder_backup_meta.embedded import openrc
from cinder_backup_meta.embedded import state


class ConfigTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        parent = self.useFixture(fixtures.TempDir()).path
        self.folder = state.StateFolder(os.path.join(parent, "it's here"))
        self.folder.prepare()


class TestConfig(ConfigTestCase):
    def _extensions(self, **arguments):
        config.write(
            self.folder, **{'stock': False, 'debug': False, **arguments}
        )
        conf = cfg.ConfigOpts()
        conf.register_opts(
            [
                cfg.MultiStrOpt('osapi_volume_extension'),
                cfg.StrOpt('backup_manager'),
                cfg.StrOpt('state_path'),
            ]
        )
        conf(['--config-file', self.folder.config], default_config_dirs=[])
        self.assertEqual(self.folder.path, conf.state_path)
        return conf.backup_manager, conf.osapi_volume_extension

    def test_plugin(self):
        manager, extensions = self._extensions()
        self.assertEqual('cinder_backup_meta.manager.BackupManager', manager)
        # Naming ours alone would lose Cinder's.
        self.assertEqual(
            [
                'cinder.api.contrib.standard_extensions',
                'cinder_backup_meta.rest.extension.Backup_records',
            ],
            extensions,
        )

    def test_stock(self):
        self.assertEqual((None, None), self._extensions(stock=True))
        with open(self.folder.config) as stream:
            self.assertNotIn('backup_api_class', stream.read())

    def test_paste(self):
        config.write(self.folder, stock=False, debug=False)
        ours, cinders = (configparser.RawConfigParser() for _ in range(2))
        ours.read(self.folder.paste)
        cinders.read(config.etc_file('api-paste.ini'))
        different = [
            (section, key)
            for section in cinders.sections()
            for key, value in cinders.items(section)
            if ours.get(section, key) != value
        ]
        self.assertEqual(
            [('filter:noauth', 'paste.filter_factory')], different
        )

    def test_file_that_cinder_lacks(self):
        self.assertRaisesRegex(
            exception.EmbeddedError,
            'lacks its etc/cinder/no.such.file',
            config.etc_file,
            'no.such.file',
        )


class TestOpenrc(ConfigTestCase):
    def _source(self, **environment):
        openrc.write(self.folder, 'http://127.0.0.1:1')
        output = subprocess.check_output(
            ['/bin/sh', '-euc', '. "$0" && env', self.folder.openrc],
            env={'PATH': os.environ['PATH'], **environment},
            text=True,
        )
        return dict(line.partition('=')[::2] for line in output.splitlines())

    def test_variables(self):
        variables = self._source()
        self.assertEqual('http://127.0.0.1:1/v3', variables['CINDER_ENDPOINT'])
        self.assertEqual(
            self.folder.clouds, variables['OS_CLIENT_CONFIG_FILE']
        )

    def test_those_of_another_cloud_are_forgotten(self):
        variables = self._source(
            OS_AUTH_TYPE='password',
            OS_PASSWORD='secret',
            OS_TOKEN='secret',
            OTHER='stays',
        )
        self.assertNotIn('OS_AUTH_TYPE', variables)
        self.assertNotIn('OS_PASSWORD', variables)
        self.assertEqual('admin:admin', variables['OS_TOKEN'])
        self.assertEqual('stays', variables['OTHER'])
