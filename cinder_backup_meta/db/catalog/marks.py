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

"""Statements on the table ``capture_marks``.

Each function runs in the transaction that its caller has begun with
:mod:`cinder_backup_meta.db.catalog.session`; none begins or ends one.
"""

import dataclasses
import datetime
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models

_MARKS = models.CaptureMark.__table__


@dataclasses.dataclass(frozen=True)
class Mark:
    """How far the capture has come; None stands for never.

    :ivar watermark: all changes before this time are captured
    :ivar last_capture_at: when the last pass over the changes has ended
    :ivar last_comparison_at: when the last comparison has ended
    """

    watermark: datetime.datetime | None = None
    last_capture_at: datetime.datetime | None = None
    last_comparison_at: datetime.datetime | None = None


def get(context: typing.Any, driver: str) -> Mark:
    """Return how far the hosts with a backup driver have come."""
    query = sa.select(
        _MARKS.c.watermark,
        _MARKS.c.last_capture_at,
        _MARKS.c.last_comparison_at,
    ).where(_MARKS.c.driver == driver)
    row = context.session.execute(query).one_or_none()
    return Mark(*row) if row else Mark()


def put(context: typing.Any, driver: str, **times: datetime.datetime) -> None:
    """Store how far the hosts with a backup driver have come.

    :param times: those of :class:`Mark` that change
    :raises oslo_db.exception.DBDuplicateEntry: if another host has just stored
        the first mark
    """
    noted = context.session.execute(
        sa.update(_MARKS).where(_MARKS.c.driver == driver).values(**times)
    )
    if not noted.rowcount:
        context.session.execute(
            sa.insert(_MARKS).values(driver=driver, **times)
        )


def latest(context: typing.Any) -> Mark:
    """Return the latest time of each kind among all drivers."""
    query = sa.select(
        sa.func.max(_MARKS.c.watermark),
        sa.func.max(_MARKS.c.last_capture_at),
        sa.func.max(_MARKS.c.last_comparison_at),
    )
    return Mark(*context.session.execute(query).one())
