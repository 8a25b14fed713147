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

"""The routes of ``backup-records``, as an API extension of Cinder.

The option ``osapi_volume_extension`` of cinder.conf names it. Setting this
multi-valued option replaces its default, so that cinder.conf must also name
``cinder.api.contrib.standard_extensions``. Clients find out from the list of
extensions whether a cloud has the plugin.

=====================================================  ======================
route                                                  handler
=====================================================  ======================
``GET /v3/backup-records``                             ``index``
``GET /v3/backup-records/detail``                      ``detail``
``GET /v3/backup-records/{backup_id}``                 ``show``
``GET /v3/backup-records/status``                      ``status``
``GET /v3/backup-records/export``                      ``export``
``POST /v3/backup-records/import``                     ``import_``
``POST /v3/backup-records/recover``                    ``recover``
``POST /v3/backup-records/{backup_id}/action``         ``release``
=====================================================  ======================
"""

import typing

from cinder.api import extensions

from cinder_backup_meta.rest import controller


# Cinder shows the docstring of the class to users as the description.
class Backup_records(extensions.ExtensionDescriptor):  # noqa: N801
    """Export, import, catalog and recovery of backup records."""

    name = 'BackupRecords'
    alias = 'backup-records'
    updated = '2026-11-22T00:00:00+00:00'

    def get_resources(self) -> list[extensions.ResourceExtension]:
        """Return the resource ``backup-records``; Cinder adds its routes."""
        return [
            extensions.ResourceExtension(
                self.alias,
                controller.BackupRecordsController(),
                collection_actions={
                    'detail': 'GET',
                    'export': 'GET',
                    'recover': 'POST',
                    'status': 'GET',
                },
                member_actions={'action': 'POST'},
                custom_routes_fn=_connect_others,
            )
        ]


def _connect_others(mapper: typing.Any, resource: typing.Any) -> None:
    """Add the routes that do not follow from the names of the handlers.

    They are that of the import, a name that is a keyword in Python, and those
    of the methods that a URL does not have.
    """
    for prefix in ('', '/{project_id}'):
        mapper.connect(
            f'backup-records-import{prefix}',
            f'{prefix}/backup-records/import',
            controller=resource,
            action='import_',
            conditions={'method': ['POST']},
        )
        for path in ('', '/{id}', '/{id}/action'):
            mapper.connect(
                f'backup-records-other{prefix}{path}',
                f'{prefix}/backup-records{path}',
                controller=resource,
                action='not_allowed',
            )
