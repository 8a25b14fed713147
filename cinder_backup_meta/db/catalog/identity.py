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

"""Statements on the table ``catalog_identity``.

Each function runs in the transaction that its caller has begun with
:mod:`cinder_backup_meta.db.catalog.session`; none begins or ends one.
"""

import typing

import sqlalchemy as sa

from cinder_backup_meta.db.catalog import models

_IDENTITY = models.CatalogIdentity.__table__


def get(context: typing.Any) -> str | None:
    """Return the identity of the catalog."""
    query = sa.select(_IDENTITY.c.identity).order_by(_IDENTITY.c.created_at)
    return typing.cast(
        str | None, context.session.execute(query.limit(1)).scalar()
    )
