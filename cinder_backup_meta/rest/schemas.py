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

"""JSON Schema of the request bodies, as Cinder validates them."""

from cinder.api.validation import parameter_types

from cinder_backup_meta import objects

OPTIONS = objects.BackupRecordOptions

IMPORT_RECORD = {
    'type': 'object',
    'properties': {
        'backup_record': {
            'type': 'object',
            'properties': {
                'backup_url': {'type': 'string', 'minLength': 1},
                'backup_service': parameter_types.backup_service,
                'verify': {
                    'type': 'string',
                    'enum': [OPTIONS.VERIFY_NONE, OPTIONS.VERIFY_EXISTS],
                },
                'owner': {
                    'type': 'string',
                    'enum': [OPTIONS.OWNER_IMPORTER, OPTIONS.OWNER_RECORD],
                },
                'allow_missing_key': {'type': 'boolean'},
                'retain': {'type': 'boolean'},
            },
            'required': ['backup_url'],
            'additionalProperties': False,
        },
    },
    'required': ['backup_record'],
    'additionalProperties': False,
}

RELEASE = {
    'type': 'object',
    'properties': {'release': {'type': 'null'}},
    'required': ['release'],
    'additionalProperties': False,
}
