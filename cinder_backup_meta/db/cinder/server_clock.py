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

"""The clock of Cinder's database server.

It is the one clock that all hosts can read. Their own clocks may differ.
"""

import typing

import sqlalchemy as sa
from sqlalchemy.ext import compiler

from cinder_backup_meta.db.cinder import models


class _Now(sa.sql.functions.FunctionElement[float]):
    """The time of the statement, in seconds since 1970."""

    type = sa.Float()
    inherit_cache = True


@compiler.compiles(_Now)
def _default(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return 'extract(epoch from clock_timestamp())'


@compiler.compiles(_Now, 'mysql')
@compiler.compiles(_Now, 'mariadb')
def _mysql(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return (
        "timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) / 1000000"
    )


@compiler.compiles(_Now, 'sqlite')
def _sqlite(*_args: typing.Any, **_kwargs: typing.Any) -> str:
    return "(julianday('now') - 2440587.5) * 86400.0"


def now(context: typing.Any) -> float:
    """Return the present time, in seconds since 1970."""
    with models.main_context_manager.reader.using(context):
        return float(context.session.execute(sa.select(_Now())).scalar_one())
