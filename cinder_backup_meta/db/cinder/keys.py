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

"""The encryption keys that rows of Cinder name.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

from collections.abc import Collection
import typing

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

# The id under which Cinder's key manager of one key for all volumes has that
# key (``cinder.keymgr.conf_key_mgr``). It does not delete the key.
_FIXED_KEY_ID = models.ZERO_UUID.replace('-', '')

_KINDS = {
    'volume': models.Volume.__table__,
    'snapshot': models.Snapshot.__table__,
    'backup': models.Backup.__table__,
}


class Holder(typing.NamedTuple):
    """A volume, snapshot or backup that is not deleted and names a key.

    :ivar kind: ``volume``, ``snapshot`` or ``backup``
    :ivar id: its id
    :ivar key: the id of the key in the form of :func:`plain`
    :ivar container: where the data of a backup is, else None
    :ivar service_metadata: the same
    """

    kind: str
    id: str
    key: str
    container: str | None
    service_metadata: str | None


def plain(key_id: str) -> str:
    """Return the id of a key in the form in which ids are compared.

    Key managers differ in how they write an id, and a database may find it in
    any of these forms.
    """
    return key_id.lower().replace('-', '')


def owned(key_ids: Collection[str | None]) -> set[str]:
    """Return the ids of keys that belong to somebody, as :func:`plain`.

    Cinder's fixed key is everybody's and does not.
    """
    return {plain(key_id) for key_id in key_ids if key_id} - {_FIXED_KEY_ID}


def column(table: sa.Table) -> sa.sql.ColumnElement:
    """Return the column of a table with the id of a key, as :func:`plain`."""
    lower = sa.func.lower(table.c.encryption_key_id)
    return sa.func.replace(lower, '-', '')


def holders(context: typing.Any, key_ids: Collection[str]) -> list[Holder]:
    """Return what names one of these keys.

    :param key_ids: what :func:`owned` has returned
    """
    if not key_ids:
        return []
    found: list[Holder] = []
    for kind, table in _KINDS.items():
        key = column(table)
        place = [
            table.c[name] if name in table.c else sa.null()
            for name in ('container', 'service_metadata')
        ]
        query = sa.select(table.c.id, key, *place).where(
            models.live(table), key.in_(list(key_ids))
        )
        found += [Holder(kind, *row) for row in context.session.execute(query)]
    return found
