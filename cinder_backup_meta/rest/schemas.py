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

"""JSON schemas of the request bodies, which Cinder validates."""

import typing

from cinder.api.validation import parameter_types

from cinder_backup_meta import objects

OPTIONS = objects.BackupRecordOptions
BATCH_OPTIONS = objects.BackupRecordBatchOptions

Schema = dict[str, typing.Any]


def _body(name: str, properties: Schema, required: list[str]) -> Schema:
    """Return the schema of a body that is one object under a name."""
    return {
        'type': 'object',
        'properties': {
            name: {
                'type': 'object',
                'properties': properties,
                'required': required,
                'additionalProperties': False,
            },
        },
        'required': [name],
        'additionalProperties': False,
    }


def _one_of(*values: str) -> Schema:
    return {'type': 'string', 'enum': list(values)}


_BOOLEAN = {'type': 'boolean'}
# Databases cannot store NUL and unpaired surrogates.
_STORABLE = {'pattern': r'^[^\x00\ud800-\udfff]*$'}
_TEXT = {'type': 'string', 'maxLength': 255, **_STORABLE}
_TEXT_OR_NULL = {**_TEXT, 'type': ['string', 'null']}
_UUID = parameter_types.uuid
_NAMES = {
    'type': 'object',
    'additionalProperties': {
        'type': 'string',
        'minLength': 1,
        **_STORABLE,
    },
}
_VERIFY = _one_of(OPTIONS.VERIFY_NONE, OPTIONS.VERIFY_EXISTS)
_OWNER = _one_of(OPTIONS.OWNER_IMPORTER, OPTIONS.OWNER_RECORD)

IMPORT_RECORD = _body(
    'backup_record',
    {
        'backup_url': {'type': 'string', 'minLength': 1},
        'backup_service': parameter_types.backup_service,
        'verify': _VERIFY,
        'owner': _OWNER,
        'allow_missing_key': _BOOLEAN,
        'ignore_unknown': _BOOLEAN,
        'retain': _BOOLEAN,
    },
    ['backup_url'],
)

# Common to an import and a recovery of many records.
_COMMON = {
    'verify': _VERIFY,
    'allow_missing_key': _BOOLEAN,
    'ignore_unknown': _BOOLEAN,
    'dry_run': _BOOLEAN,
    'charged': {
        'type': 'object',
        'additionalProperties': {
            'type': 'object',
            'properties': {
                'backups': {'type': 'integer', 'minimum': 0},
                'gigabytes': {'type': 'integer', 'minimum': 0},
            },
            'additionalProperties': False,
        },
    },
}

IMPORT_RECORDS = _body(
    'backup_records',
    {
        **_COMMON,
        'records': {
            'type': 'array',
            'items': {'type': 'string'},
            'minItems': 1,
        },
        'owner': _OWNER,
        'projects': _NAMES,
        'users': _NAMES,
        'retain': _BOOLEAN,
        'on_conflict': _one_of(
            BATCH_OPTIONS.CONFLICT_SKIP, BATCH_OPTIONS.CONFLICT_FAIL
        ),
        'planned': {'type': 'array', 'items': _UUID},
        'quota': _one_of(
            BATCH_OPTIONS.QUOTA_ENFORCED, BATCH_OPTIONS.QUOTA_RECOUNTED
        ),
    },
    ['records'],
)

RECOVER = _body(
    'recover',
    {
        **_COMMON,
        'project_id': _TEXT,
        # Not always a UUID, see cinder_backup_meta.record.values.foreign_id.
        'volume_id': _TEXT,
        'name': _TEXT,
        'service': _TEXT,
        'created_since': _TEXT,
        'created_before': _TEXT,
        'ids': {'type': 'array', 'items': _UUID, 'minItems': 1},
        'limit': {'type': 'integer', 'minimum': 1},
        'marker': _TEXT_OR_NULL,
    },
    [],
)

RELEASE = {
    'type': 'object',
    'properties': {'release': {'type': 'null'}},
    'required': ['release'],
    'additionalProperties': False,
}
