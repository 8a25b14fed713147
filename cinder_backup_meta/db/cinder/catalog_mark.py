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

"""Which catalog this cloud uses, as Cinder's database knows it.

The mark is a row of Cinder's own table ``driver_initiator_data``, which is
there for pairs of keys and values of others. Each function runs in the
transaction that its caller has begun; none begins or ends one.
"""

import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.db import clock

_DATA = models.DRIVER_INITIATOR_DATA
_KEY = {
    'initiator': 'cinder-backup-meta',
    'namespace': 'catalog',
    'key': 'identity',
}


def _is_mark() -> sa.sql.ColumnElement:
    return sa.and_(*(_DATA.c[name] == value for name, value in _KEY.items()))


def get(context: typing.Any) -> str | None:
    """Return the identity of the catalog, None if there has been none yet."""
    query = sa.select(_DATA.c.value).where(_is_mark())
    return typing.cast(str | None, context.session.execute(query).scalar())


def create(context: typing.Any, identity: str) -> None:
    """Note the identity of the first catalog.

    :raises oslo_db.exception.DBDuplicateEntry: if there has been one
    """
    context.session.execute(
        sa.insert(_DATA).values(
            value=identity, created_at=clock.utcnow(), **_KEY
        )
    )


def delete(context: typing.Any) -> None:
    """Forget which catalog there was."""
    context.session.execute(sa.delete(_DATA).where(_is_mark()))
