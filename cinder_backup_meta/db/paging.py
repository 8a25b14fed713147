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

"""Reading a table in the order of ids, some rows at a time."""

import typing

import sqlalchemy as sa


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
