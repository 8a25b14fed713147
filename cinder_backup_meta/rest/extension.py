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

import typing

from cinder.api import extensions

from cinder_backup_meta.rest import records


# Cinder shows the docstring of the class to users as the description.
class Backup_records(extensions.ExtensionDescriptor):  # noqa: N801
    """Export, import, catalog and recovery of backup records."""

    name = 'BackupRecords'
    alias = 'backup-records'
    updated = '2026-11-22T00:00:00+00:00'

    def get_resources(self) -> list[extensions.ResourceExtension]:
        """Return the resource ``backup-records``; Cinder makes its routes."""
        return [
            extensions.ResourceExtension(
                self.alias,
                records.BackupRecordsController(),
                collection_actions={
                    'detail': 'GET',
                    'export': 'GET',
                    'recover': 'POST',
                    'status': 'GET',
                },
                member_actions={'action': 'POST'},
                custom_routes_fn=_connect_import,
            )
        ]


def _connect_import(mapper: typing.Any, resource: typing.Any) -> None:
    """Route the import, which Python can't name after its path."""
    for prefix in ('', '/{project_id}'):
        mapper.connect(
            f'backup-records-import{prefix}',
            f'{prefix}/backup-records/import',
            controller=resource,
            action='import_',
            conditions={'method': ['POST']},
        )
