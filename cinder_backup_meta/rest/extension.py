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

"""The API extension: how a client sees that the plugin is there.

Named by the option ``osapi_volume_extension`` of cinder.conf. That option
takes several values and setting it replaces its default, so cinder.conf must
name ``cinder.api.contrib.standard_extensions`` too.
"""

from cinder.api import extensions

# Registers the options and the objects also where another class serves as
# the backup API.
from cinder_backup_meta import api  # noqa: F401


# Cinder shows the docstring of the class to users as the description.
class Backup_records(extensions.ExtensionDescriptor):  # noqa: N801
    """Validated and atomic export and import of backup records."""

    name = 'BackupRecords'
    alias = 'backup-records'
    updated = '2026-11-22T00:00:00+00:00'
