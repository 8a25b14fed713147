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

"""Backups in a folder, as Cinder's posix driver writes them."""

import hashlib
import json
import os

_DATA = b'data of a backup' * 32


def write(folder, rows):
    """Write what the driver would have written for rows of backups."""
    for row in rows:
        container = os.path.join(folder, row['container'])
        os.makedirs(container, exist_ok=True)
        prefix = os.path.join(container, row['service_metadata'])
        names = [
            f'{row["service_metadata"]}-{number:05}'
            for number in range(1, row['object_count'] + 1)
        ]
        for name in names:
            with open(os.path.join(container, name), 'wb') as stream:
                stream.write(_DATA)
        _write_json(f'{prefix}_sha256file', _hashes(row, names))
        _write_json(f'{prefix}_metadata', _metadata(row, names))


def _write_json(path, document):
    with open(path, 'w') as stream:
        json.dump(document, stream, sort_keys=True, indent=2)


def _heading(row):
    return {
        'version': '1.0.0',
        'backup_id': row['id'],
        'volume_id': row['volume_id'],
        'backup_name': row['display_name'],
        'backup_description': None,
        'created_at': str(row['created_at']),
    }


def _metadata(row, names):
    digest = hashlib.md5(_DATA, usedforsecurity=False).hexdigest()
    objects = [
        {
            name: {
                'offset': number * len(_DATA),
                'length': len(_DATA),
                'compression': 'none',
                'md5': digest,
            }
        }
        for number, name in enumerate(names)
    ]
    return {
        **_heading(row),
        'objects': objects,
        'parent_id': row['parent_id'],
        'volume_meta': json.dumps(
            {
                'version': 2,
                'volume-base-metadata': {
                    'id': row['volume_id'],
                    'size': row['size'],
                },
            }
        ),
    }


def _hashes(row, names):
    digest = hashlib.sha256(_DATA).hexdigest()
    return {
        **_heading(row),
        'chunk_size': len(_DATA),
        'sha256s': [digest] * len(names),
    }
