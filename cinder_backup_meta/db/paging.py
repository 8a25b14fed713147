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

"""Going through tables page by page, in the order of ids."""

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import datetime
import time
import typing

from oslo_utils import timeutils
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models


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


#: Rows that are read together.
PAGE = 1000

#: Seconds between two looks at what may just be changing.
PAUSE = 2

_Read = Callable[[typing.Any, str, int], list[typing.Any]]
_Transaction = Callable[
    [typing.Any], contextlib.AbstractContextManager[typing.Any]
]


def pages(
    context: typing.Any,
    read: _Read,
    transaction: _Transaction = models.main_context_manager.reader.using,
) -> Iterator[list[typing.Any]]:
    """Yield pages of rows, each of a transaction of its own.

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


def ago(seconds: float) -> datetime.datetime:
    """Return a time as the columns hold it: in UTC, without a zone."""
    return timeutils.utcnow() - datetime.timedelta(seconds=seconds)


def wait() -> None:
    """Wait between two looks, longer than Cinder takes between two steps."""
    time.sleep(PAUSE)
