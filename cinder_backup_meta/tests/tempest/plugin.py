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

"""What tempest finds by the entry point of the group tempest.test_plugins.

Everything below this folder is imported by tempest, which may run where Cinder
is not installed: of the package it uses only what the client does.
"""

import os

from tempest import config
from tempest.test_discover import plugins

from cinder_backup_meta.tests.tempest import config as plugin_config
from cinder_backup_meta.tests.tempest.services import backup_records_client

_FOLDER = 'cinder_backup_meta/tests/tempest/tests'


class BackupMetaTempestPlugin(plugins.TempestPlugin):
    """Tests of backup records: their API, and what it is for."""

    def load_tests(self):
        """Return the folder of the tests and the one of the package."""
        here = os.path.dirname(os.path.abspath(__file__))
        top = here.removesuffix(os.path.dirname(_FOLDER))
        return os.path.join(top, _FOLDER), top

    def register_opts(self, conf):
        """Add the plugin's options to tempest's."""
        config.register_opt_group(
            conf,
            plugin_config.backup_meta_group,
            plugin_config.BackupMetaGroup,
        )

    def get_opt_lists(self):
        """Return the options, for the sample that ``tempest init`` writes."""
        return [
            (
                plugin_config.backup_meta_group.name,
                plugin_config.BackupMetaGroup,
            )
        ]

    def get_service_clients(self):
        """Return the client of the plugin's own REST calls."""
        return [
            {
                **config.service_client_config('volume'),
                'name': 'backup_records',
                'service_version': 'backup_records.v3',
                'module_path': backup_records_client.__name__,
                'client_names': ['BackupRecordsClient'],
            }
        ]
