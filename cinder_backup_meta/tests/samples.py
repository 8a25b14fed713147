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

"""Backup records to test with, each as its release of Cinder wrote it."""

import base64
import json

ID = '6f1d4a2e-3b1c-4d5e-8f90-a1b2c3d4e5f6'
VOLUME_ID = '0c9b8a7d-6e5f-4a3b-9c2d-1e0f9a8b7c6d'
PARENT_ID = 'd3b07384-d9a0-4c9b-8f3e-2a1b0c9d8e7f'
POSIX = 'cinder.backup.drivers.posix.PosixBackupDriver'


def posix_prefix(volume_id, backup_id):
    """Return how the posix driver begins the names of a backup's objects."""
    return f'volume_{volume_id}_20260102030405_backup_{backup_id}'[:255]


def record(**changes):
    """Return a record of Cinder 29.0 as JSON values.

    A change to ``...`` removes the field.
    """
    values = {
        'driver_info': {},
        'id': ID,
        'user_id': 'user-9',
        'project_id': 'project-9',
        'volume_id': VOLUME_ID,
        'host': 'elsewhere',
        'availability_zone': 'az-9',
        'container': '6f/1d/6f1d4a2e',
        'parent_id': None,
        'status': 'available',
        'fail_reason': None,
        'size': 3,
        'display_name': 'nightly',
        'display_description': None,
        'service_metadata': posix_prefix(
            changes.get('volume_id', VOLUME_ID), changes.get('id', ID)
        ),
        'service': POSIX,
        'object_count': 2,
        'temp_volume_id': None,
        'temp_snapshot_id': None,
        'num_dependent_backups': 0,
        'snapshot_id': None,
        'data_timestamp': '2026-01-02T03:04:05Z',
        'restore_volume_id': None,
        'metadata': {'tier': 'gold'},
        'encryption_key_id': None,
        'created_at': '2026-01-02T03:04:05Z',
        'updated_at': '2026-01-02T03:05:00Z',
        'deleted_at': None,
        'deleted': False,
    }
    values.update(changes)
    return {key: value for key, value in values.items() if value is not ...}


def encode(document):
    """Return any JSON document as a record string."""
    if not isinstance(document, (str, bytes)):
        document = json.dumps(document)
    if isinstance(document, str):
        document = document.encode()
    return base64.b64encode(document).decode()


# The keys that each release wrote, beyond those of the release before it.
_KEYS = [
    (
        '2014.1',
        (
            'id user_id project_id volume_id host availability_zone '
            'display_name display_description container status fail_reason '
            'service_metadata service size object_count created_at '
            'updated_at deleted_at deleted'
        ),
    ),
    ('2015.1', 'parent_id'),
    (
        '7.0',
        'temp_volume_id temp_snapshot_id num_dependent_backups driver_info',
    ),
    ('8.0', 'snapshot_id data_timestamp restore_volume_id'),
    ('11.0', 'metadata'),
    ('12.0', 'encryption_key_id'),
]
RELEASES = tuple(release for release, _keys in _KEYS) + ('16.0',)


def of_release(release, **changes):
    """Return the record string that a release of Cinder would export."""
    names = set()
    for known, keys in _KEYS:
        names.update(keys.split())
        if known == release:
            break
    old = release in ('2014.1', '2015.1')
    if old:
        changes.setdefault('service', POSIX.rpartition('.')[0])
        changes.setdefault('created_at', '2015-01-02T03:04:05.000000')
        changes.setdefault('updated_at', '2015-01-02T03:05:00.000000')
    values = {
        key: value for key, value in record(**changes).items() if key in names
    }
    if old or release == '7.0':
        return base64.encodebytes(json.dumps(values).encode()).decode()
    return encode(values)
