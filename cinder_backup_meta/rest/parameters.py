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

"""The parameters of requests: query strings, and options in bodies.

Bodies come here after validation by :mod:`.schemas`; what is checked here
cannot be expressed by a schema. A bad parameter raises ``HTTPBadRequest``.
"""

import datetime
import typing

from cinder.api import common
from oslo_config import cfg
from oslo_utils import strutils
from oslo_utils import timeutils
from oslo_utils import uuidutils
import webob.exc

from cinder_backup_meta import objects
from cinder_backup_meta import quoting
from cinder_backup_meta.record import limits

CONF = cfg.CONF

Values = dict[str, typing.Any]

_TEXTS = ('project_id', 'volume_id', 'parent_id', 'name', 'service')
# The others are ids, or the like.
_NAMES = ('name',)
_TIMES = ('created_since', 'created_before')
_FILTERS = (*_TEXTS, *_TIMES)

# RPC serializes earlier years with less than four digits and cannot read them
# back.
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


def pagination(params: Values) -> tuple[int, str | None]:
    """Remove limit and marker from the parameters and return them.

    Cinder's own rules and defaults apply.

    :returns: limit, from 1 to ``osapi_max_limit``; marker
    """
    marker, limit, offset = common.get_pagination_params(params)
    if offset:
        raise _bad_parameter(
            'offset', 'is not supported here; use limit and marker'
        )
    if limit < 1:
        raise _bad_parameter('limit', 'must be 1 or more')
    if marker is not None:
        _check_text('marker', marker)
    return limit, marker


def sort(params: Values) -> list[str]:
    """Remove the order from the parameters and return it.

    :returns: sort keys, each ``key:asc`` or ``key:desc``
    """
    keys, directions = common.get_sort_params(params)
    for key in keys:
        if key not in SORT_KEYS:
            raise _bad_parameter('sort', f'must be of {", ".join(SORT_KEYS)}')
    if len(set(keys)) < len(keys):
        raise _bad_parameter('sort', 'must not name a key twice')
    for direction in directions:
        if direction not in ('asc', 'desc'):
            raise _bad_parameter(
                'sort', 'has a direction other than asc and desc'
            )
    return [
        f'{key}:{direction}'
        for key, direction in zip(keys, directions, strict=True)
    ]


def catalog_selection(params: Values) -> Values:
    """Remove the filters of a list from the parameters and return them.

    :returns: fields of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    """
    values = _selection(params)
    states = params.pop('state', None)
    if states is not None:
        values['states'] = list(dict.fromkeys(states.split(',')))
        known = objects.BackupRecordEntry.STATES
        if not set(values['states']) <= set(known):
            raise _bad_parameter('state', f'must be of {", ".join(known)}')
    check_empty(params)
    return values


def export_selection(params: Values) -> Values:
    """Remove the filters of an export from the parameters and return them.

    :returns: fields of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    """
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
            raise _bad_parameter(
                'ancestors', 'must be true or false'
            ) from None
    check_empty(params)
    return values


def recovery_selection(options: Values) -> Values:
    """Remove the filters of a recovery from its options and return them.

    :returns: fields of
        :class:`cinder_backup_meta.objects.BackupRecordSelection`
    """
    values = {name: options.pop(name) for name in _FILTERS if name in options}
    for name in _TEXTS:
        if name in values:
            _check_text(name, values[name])
    for name in _TIMES:
        if name in values:
            values[name] = time(name, values[name])
    if 'ids' in options:
        values['backup_ids'] = options.pop('ids')
    return values


def recovery_pagination(options: Values) -> tuple[int, str | None]:
    """Remove limit and marker from the options of a recovery; return them.

    :returns: limit, from 1 to ``osapi_max_limit``; marker
    """
    limit = options.pop('limit', CONF.osapi_max_limit)
    return min(limit, CONF.osapi_max_limit), options.pop('marker', None)


def check_records(record_strings: list[str]) -> None:
    """Raise HTTPBadRequest if there are too many records for one request."""
    if len(record_strings) > CONF.osapi_max_limit:
        raise _bad_request(
            f'There are {len(record_strings)} records, and a request may have '
            f'{CONF.osapi_max_limit} (the option osapi_max_limit): send them '
            'in several requests.'
        )
    length = sum(map(len, record_strings))
    if length > limits.MAX_PAGE_LENGTH:
        raise _bad_request(
            f'The records have {length} characters together, and a request '
            f'may have {limits.MAX_PAGE_LENGTH}: send them in several '
            'requests.'
        )


def check_options(options: Values) -> None:
    """Raise HTTPBadRequest if options of an import contradict each other."""
    by_record = (
        options.get('owner') == objects.BackupRecordBatchOptions.OWNER_RECORD
    )
    for name in ('projects', 'users'):
        if options.get(name) and not by_record:
            raise _bad_request(
                f'{name} replaces the owners that the records name, and '
                'requires "owner": "record".'
            )
        for new in options.get(name, {}).values():
            if not new.isprintable():
                raise _bad_request(f'{name} must replace ids by ids.')
    if options.get('planned') and not options.get('dry_run'):
        raise _bad_request('planned requires "dry_run": true.')


def split_charged(options: Values) -> None:
    """Replace ``charged`` by the two fields that travel over RPC.

    A dry run has in it, by project, what its earlier requests would have
    charged: a number of ``backups`` and of ``gigabytes``.
    """
    charged = options.pop('charged', {})
    if charged and not options.get('dry_run'):
        raise _bad_request('charged requires "dry_run": true.')
    for name in ('backups', 'gigabytes'):
        options[f'charged_{name}'] = {
            project: values.get(name, 0) for project, values in charged.items()
        }


def time(name: str, text: str) -> datetime.datetime:
    """Return a point in time; without a time zone it is in UTC.

    :raises HTTPBadRequest: if the text is not a point in time
    """
    try:
        # A + that is not escaped in a URL arrives as a space.
        when = timeutils.parse_isotime(text.replace(' ', '+'))
        when = when.astimezone(datetime.timezone.utc)
        if when.year < _FIRST_YEAR:
            raise ValueError
        return when
    except (ValueError, OverflowError):
        raise _bad_parameter(
            name, 'must be a date and time such as 2026-01-31T12:00:00Z'
        ) from None


def _selection(params: Values) -> Values:
    values = {name: params.pop(name) for name in _TEXTS if name in params}
    for name, value in values.items():
        _check_text(name, value)
    for name in _TIMES:
        if name in params:
            values[name] = time(name, params.pop(name))
    return values


def _check_text(name: str, text: str) -> None:
    # PostgreSQL does not accept it even in a query.
    if '\x00' in text:
        raise _bad_parameter(name, 'must not hold NUL characters')
    if name not in _NAMES and not text.isprintable():
        raise _bad_parameter(name, 'must not hold control characters')


def _ids(text: str) -> list[str]:
    ids = text.split(',')
    if len(ids) > limits.MAX_IDS_IN_URL:
        raise _bad_parameter(
            'id', f'must not be more than {limits.MAX_IDS_IN_URL}'
        )
    for one in ids:
        if not uuidutils.is_uuid_like(one):
            raise _bad_parameter('id', 'must be UUIDs, separated by commas')
    return ids


def check_empty(params: Values) -> None:
    """Raise HTTPBadRequest if there are parameters left.

    Ignoring an unknown filter would select everything, and ignoring an option
    that belongs into the body of a request would not do what it says.
    """
    for name in params:
        raise _bad_parameter(name, 'is not known here')


def _bad_parameter(name: str, rule: str) -> webob.exc.HTTPBadRequest:
    return _bad_request(f'The parameter {quoting.quote(name, 64)} {rule}.')


def _bad_request(text: str) -> webob.exc.HTTPBadRequest:
    return webob.exc.HTTPBadRequest(explanation=text)
