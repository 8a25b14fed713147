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

"""Reading the query strings of requests."""

import datetime
import typing

from cinder.api import common
from oslo_utils import strutils
from oslo_utils import timeutils
from oslo_utils import uuidutils
import webob.exc

from cinder_backup_meta import objects

#: A URL of 100 ids stays below the 8 KiB that web servers take.
MAX_IDS = 100

_TEXTS = ('project_id', 'volume_id', 'parent_id', 'name', 'service')
_TIMES = ('created_since', 'created_before')

# The RPC writes an earlier one with less than four digits, and does not read
# that.
_FIRST_YEAR = 1000

SORT_KEYS = (
    'created_at',
    'captured_at',
    'id',
    'name',
    'project_id',
    'volume_id',
    'size',
    'state',
)


def page(params: dict[str, typing.Any]) -> tuple[int, str | None]:
    """Take limit and marker out of the parameters, as Cinder reads them.

    :returns: limit, 1 or more and at most ``osapi_max_limit``; marker
    """
    marker, limit, _offset = common.get_pagination_params(params)
    if limit < 1:
        raise _bad('limit', 'must be 1 or more')
    if marker is not None:
        _check_text('marker', marker)
    return limit, marker


def sort(params: dict[str, typing.Any]) -> list[str]:
    """Take the order out of the parameters; ``key:asc`` or ``key:desc``."""
    keys, directions = common.get_sort_params(params)
    for key in keys:
        if key not in SORT_KEYS:
            raise _bad('sort', f'must be of {", ".join(SORT_KEYS)}')
    for direction in directions:
        if direction not in ('asc', 'desc'):
            raise _bad('sort', 'has a direction other than asc and desc')
    return [
        f'{key}:{direction}'
        for key, direction in zip(keys, directions, strict=True)
    ]


def catalog_selection(
    params: dict[str, typing.Any],
) -> dict[str, typing.Any]:
    """Take the filters of a list out of the parameters."""
    values = _selection(params)
    states = params.pop('state', None)
    if states is not None:
        values['states'] = states.split(',')
        known = objects.BackupRecordEntry.STATES
        if not set(values['states']) <= set(known):
            raise _bad('state', f'must be of {", ".join(known)}')
    _check_empty(params)
    return values


def export_selection(
    params: dict[str, typing.Any],
) -> dict[str, typing.Any]:
    """Take the filters of an export out of the parameters."""
    values = _selection(params)
    ids = params.pop('id', None)
    if ids is not None:
        values['backup_ids'] = _ids(ids)
    ancestors = params.pop('ancestors', None)
    if ancestors is not None:
        try:
            values['ancestors'] = strutils.bool_from_string(
                ancestors, strict=True
            )
        except ValueError:
            raise _bad('ancestors', 'must be true or false') from None
    _check_empty(params)
    return values


def _selection(params: dict[str, typing.Any]) -> dict[str, typing.Any]:
    values = {name: params.pop(name) for name in _TEXTS if name in params}
    for name, value in values.items():
        _check_text(name, value)
    for name in _TIMES:
        if name in params:
            values[name] = time(name, params.pop(name))
    return values


def _check_text(name: str, text: str) -> None:
    # PostgreSQL can not even be asked for it.
    if '\x00' in text:
        raise _bad(name, 'must not hold NUL characters')


def time(name: str, text: str) -> datetime.datetime:
    """Return a point of time; without a zone it is UTC.

    :raises HTTPBadRequest: it is none
    """
    try:
        # Where a + is not escaped in a URL, a space comes in.
        when = timeutils.parse_isotime(text.replace(' ', '+'))
        when = when.astimezone(datetime.timezone.utc)
        if when.year < _FIRST_YEAR:
            raise ValueError
        return when
    except (ValueError, OverflowError):
        raise _bad(
            name, 'must be a date and time such as 2026-01-31T12:00:00Z'
        ) from None


def _ids(text: str) -> list[str]:
    ids = text.split(',')
    if len(ids) > MAX_IDS:
        raise _bad('id', f'must not be more than {MAX_IDS}')
    for one in ids:
        if not uuidutils.is_uuid_like(one):
            raise _bad('id', 'must be UUIDs, separated by commas')
    return ids


def _check_empty(params: dict[str, typing.Any]) -> None:
    # A filter that is not known must not select everything.
    for name in params:
        raise _bad(name, 'is not known here')


def _bad(name: str, rule: str) -> webob.exc.HTTPBadRequest:
    return webob.exc.HTTPBadRequest(
        explanation=f'The parameter {name[:64]} {rule}.'
    )
