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

"""JSON schemas of the answers, which the functional tests validate.

Clients rely on these forms; a key that is not here is an error. The Tempest
plugin is installed without Cinder and has a copy, which a test compares.
"""

from collections.abc import Collection
from http import HTTPStatus
import re
import typing

Schema = dict[str, typing.Any]

STRING = {'type': 'string'}
STRING_OR_NULL = {'type': ['string', 'null']}
NUMBER = {'type': 'integer', 'minimum': 0}
NUMBER_OR_NULL = {'type': ['integer', 'null'], 'minimum': 0}
BOOLEAN = {'type': 'boolean'}
UUID = {'type': 'string', 'format': 'uuid'}
UUID_OR_NULL = {'type': ['string', 'null'], 'format': 'uuid'}
TIME = {
    'type': 'string',
    'pattern': r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$',
}
TIME_OR_NULL = {**TIME, 'type': ['string', 'null']}
DIGEST = {'type': 'string', 'pattern': '^[0-9a-f]{64}$'}


def _object(properties: Schema, optional: Collection[str] = ()) -> Schema:
    return {
        'type': 'object',
        'properties': properties,
        'required': [name for name in properties if name not in optional],
        'additionalProperties': False,
    }


def _list(item: Schema) -> Schema:
    return {'type': 'array', 'items': item}


def _choice(*values: object) -> Schema:
    return {'enum': list(values)}


def _answer(
    properties: Schema,
    optional: Collection[str] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> Schema:
    return {
        'status_code': [status],
        'response_body': _object(properties, optional),
    }


_LINKS = _list(_object({'rel': STRING, 'href': STRING}))
_NEXT_PAGE = 'backup-records_links'

_SUMMARY = {
    'id': UUID,
    'name': STRING_OR_NULL,
    'state': _choice('current', 'missing', 'deleted'),
    'project_id': STRING,
    # Imports by Cinder up to 2015.1 have one that is no UUID.
    'volume_id': STRING,
    'size': NUMBER_OR_NULL,
    'created_at': TIME,
    'links': _LINKS,
}
_DETAIL = {
    **_SUMMARY,
    'user_id': STRING,
    'parent_id': UUID_OR_NULL,
    'service': STRING,
    'host': STRING_OR_NULL,
    'availability_zone': STRING_OR_NULL,
    'object_count': NUMBER_OR_NULL,
    'encrypted': BOOLEAN,
    'digest': DIGEST,
    'revision': NUMBER,
    'captured_at': TIME,
    'state_changed_at': TIME_OR_NULL,
}
_SHOWN = {**_DETAIL, 'backup_url': STRING, 'retained': BOOLEAN}
_PROJECT = _object({'backups': NUMBER, 'gigabytes': NUMBER})
_OUTCOME = {
    'id': UUID_OR_NULL,
    'name': STRING_OR_NULL,
    'result': _choice('created', 'unchanged', 'refused'),
    'reason': STRING_OR_NULL,
    'detail': STRING_OR_NULL,
    'note': STRING_OR_NULL,
    'project_id': STRING_OR_NULL,
    'size': NUMBER_OR_NULL,
    'parent_id': UUID_OR_NULL,
}
_MADE = {
    'dry_run': BOOLEAN,
    'summary': _object(
        {
            'created': NUMBER,
            'unchanged': NUMBER,
            'refused': NUMBER,
            'gigabytes': NUMBER,
            'chains': NUMBER,
            'projects': {'type': 'object', 'additionalProperties': _PROJECT},
            'over_quota': _list(STRING),
        }
    ),
}

LIST = _answer(
    {'backup_records': _list(_object(_SUMMARY)), _NEXT_PAGE: _LINKS},
    [_NEXT_PAGE],
)
LIST_DETAIL = _answer(
    {'backup_records': _list(_object(_DETAIL)), _NEXT_PAGE: _LINKS},
    [_NEXT_PAGE],
)
# Of a backup that the catalog lacks only these two are known.
SHOW = _answer(
    {
        'backup_record': {
            'oneOf': [
                _object(_SHOWN),
                _object({'id': UUID, 'retained': BOOLEAN}),
            ]
        }
    }
)
STATUS = _answer(
    {
        'backup_records_status': _object(
            {
                'behind': NUMBER,
                'oldest_behind_seconds': NUMBER_OR_NULL,
                'current': NUMBER,
                'missing': NUMBER,
                'deleted': NUMBER,
                'last_capture_at': TIME_OR_NULL,
                'last_comparison_at': TIME_OR_NULL,
            }
        )
    }
)
EXPORT = _answer(
    {
        'backup_records': _list(
            _object(
                {
                    'id': UUID,
                    'backup_service': STRING,
                    'backup_url': STRING,
                    'ancestor': BOOLEAN,
                }
            )
        ),
        'omitted': _list(
            _object(
                {
                    'id': UUID,
                    'name': STRING_OR_NULL,
                    'project_id': STRING_OR_NULL,
                    'reason': STRING,
                    'detail': STRING,
                }
            )
        ),
        'next_marker': STRING_OR_NULL,
        _NEXT_PAGE: _LINKS,
    },
    [_NEXT_PAGE],
)
IMPORT_ONE = _answer(
    {
        'backup_record': _object(
            {
                'id': UUID,
                'name': STRING_OR_NULL,
                'status': _choice('available'),
                'project_id': STRING,
                'user_id': STRING,
                'retained': _choice(True),
            },
            ['retained'],
        )
    },
    status=HTTPStatus.CREATED,
)
IMPORT_MANY = _answer(
    {
        'backup_records': _list(_object({'index': NUMBER, **_OUTCOME})),
        **_MADE,
    }
)
RECOVER = _answer(
    {
        'backup_records': _list(_object({**_OUTCOME, 'ancestor': BOOLEAN})),
        **_MADE,
        'examined': NUMBER,
        'next_marker': STRING_OR_NULL,
    }
)
RELEASE = _answer(
    {'backup_record': _object({'id': UUID, 'retained': _choice(False)})},
    status=HTTPStatus.ACCEPTED,
)

# Cinder's own form; the key is a name for the status.
_REFUSAL = {
    'type': 'object',
    'minProperties': 1,
    'maxProperties': 1,
    'additionalProperties': {
        'type': 'object',
        'properties': {'code': NUMBER, 'message': STRING},
        'required': ['code', 'message'],
    },
}

#: The answers by method and path below ``backup-records``.
_ANSWERS = (
    ('GET', '', LIST),
    ('GET', '/detail', LIST_DETAIL),
    ('GET', '/status', STATUS),
    ('GET', '/export', EXPORT),
    ('GET', '/[^/]+', SHOW),
    ('POST', '/import', IMPORT_ONE),
    ('POST', '/import', IMPORT_MANY),
    ('POST', '/recover', RECOVER),
    ('POST', '/[^/]+/action', RELEASE),
)
_PATH = re.compile('/v3(?:/(?!extensions/)[^/]+)?/backup-records(/.*)?')


def find(method: str, path: str, status: int) -> Schema | None:
    """Return the schema of an answer, None if it is to another resource.

    :param path: of the request, without the query
    :param status: of the answer
    :raises LookupError: if no answer has that status
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    if status >= HTTPStatus.BAD_REQUEST:
        return _REFUSAL
    rest = match[1] or ''
    for its_method, its_path, answer in _ANSWERS:
        if (
            method == its_method
            and re.fullmatch(its_path, rest)
            and status in answer['status_code']
        ):
            return typing.cast(Schema, answer['response_body'])
    raise LookupError(f'{method} {path} does not answer {status}')
