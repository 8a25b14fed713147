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

"""The proof that Cinder's tests ran with the plugin and not without it.

Named in loading.py, beside Cinder's modules: as a test of Cinder's own base
class it sees exactly the configuration that they see.
"""

from cinder.api import extensions
from cinder import backup
from cinder.common import config
from cinder.tests.unit import test
from oslo_utils import importutils

from cinder_backup_meta import api
from cinder_backup_meta import manager
from cinder_backup_meta.rest import extension

CONF = config.CONF


class PluginInPlaceTestCase(test.TestCase):
    def test_backup_api(self) -> None:
        self.assertIs(api.API, type(backup.API()))

    def test_backup_manager(self) -> None:
        loaded = importutils.import_object(CONF.backup_manager)
        self.assertIs(manager.BackupManager, type(loaded))

    def test_extensions(self) -> None:
        loaded = extensions.ExtensionManager().extensions.values()
        classes = [type(one) for one in loaded]
        self.assertIn(extension.Backup_records, classes)
        # The standard extensions are there as well.
        self.assertGreater(len(classes), 10)
