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

"""Reading tables page by page, and the marker with which a page ends.

There are two orders: by id, for work inside one process; and by time and id,
for answers to a client, who gets the place where a page ends as a marker and
sends it with the next request. In both, a page begins behind the last row of
the one before, whatever has been inserted or deleted meanwhile.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import datetime
import re
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta import reasons

#: The number of rows that are read together.
PAGE = 1000

#: The place of a backup in the order by time: its time and its id.
Place = tuple[datetime.datetime, str]

#: Columns to sort by, each with whether it is sorted in descending order.
Keys = Sequence[tuple[sa.sql.ColumnElement, bool]]

_MARKER = re.compile(
    r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z_([0-9a-zA-Z-]{1,36})', re.ASCII
)

_Read = Callable[[typing.Any, str, int], list[typing.Any]]
_Transaction = Callable[
    [typing.Any], contextlib.AbstractContextManager[typing.Any]
]


def rows_after(
    context: typing.Any,
    query: sa.sql.Select,
    key: sa.sql.ColumnElement,
    after: str,
    limit: int | None,
) -> list[sa.engine.Row]:
    """Return the next rows that a query selects, in the order of their ids.

    It runs in the transaction that its caller has begun.

    :param key: the column with the ids
    :param after: the id that the last page ended with, '' for the first
    """
    return list(
        context.session.execute(
            query.where(key > after).order_by(key).limit(limit)
        )
    )


def pages(
    context: typing.Any,
    read: _Read,
    transaction: _Transaction = models.main_context_manager.reader.using,
) -> Iterator[list[typing.Any]]:
    """Yield pages of rows, each read in a transaction of its own.

    :param read: takes the context, the id of the last row and a limit
    :param transaction: begins one; by default with Cinder's database
    """
    after = ''
    while True:
        with transaction(context):
            rows = read(context, after, PAGE)
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = rows[-1].id


def rows(context: typing.Any, read: _Read) -> Iterator[typing.Any]:
    """Yield the rows of all pages."""
    for page in pages(context, read):
        yield from page


def write_marker(place: Place) -> str:
    """Return a place as a marker, which is opaque to clients."""
    created_at, backup_id = place
    return f'{created_at.isoformat(timespec="microseconds")}Z_{backup_id}'


def read_marker(marker: str | None) -> Place | None:
    """Return the place that a marker stands for.

    :raises Refused: with INVALID_MARKER
    """
    if marker is None:
        return None
    match = _MARKER.fullmatch(marker)
    try:
        if match is None:
            raise ValueError
        return datetime.datetime.fromisoformat(match[1]), match[2]
    except ValueError:
        raise exception.Refused(
            reasons.Reason.INVALID_MARKER,
            'the marker is not valid; use the next_marker of an answer '
            'unchanged, or omit it',
        ) from None


def behind(
    keys: Keys, place: Sequence[typing.Any]
) -> list[sa.sql.ColumnElement]:
    """Return the conditions that a row comes behind a place.

    They are written so that the database can use an index on the keys. A
    comparison of tuples would be shorter, but cannot mix the directions.

    :param keys: the last one is unique, so that no two rows have one place
    :param place: the values of the keys
    """
    (key, down), value = keys[0], place[0]
    beyond = key < value if down else key > value
    if len(keys) == 1:
        return [beyond]
    rest = behind(keys[1:], place[1:])
    return [
        key <= value if down else key >= value,
        sa.or_(beyond, sa.and_(*rest)),
    ]
