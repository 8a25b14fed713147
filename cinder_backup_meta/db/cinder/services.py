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

"""Reading the table ``services``.

Each function runs in the transaction that its caller has begun with Cinder's
``main_context_manager``; none begins or ends one.
"""

import collections
import typing

from cinder.common import constants
import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models

_SERVICES = models.SERVICES


def serving() -> list[sa.sql.ColumnElement]:
    """Return the conditions that a row is a cinder-backup that is enabled.

    They are those by which Cinder looks for a host for a backup, without the
    one that the host is up: it may be restarting.
    """
    columns = _SERVICES.c
    return [
        columns.topic == constants.BACKUP_TOPIC,
        columns.disabled == sa.false(),
        models.live(_SERVICES, indexed=True),
    ]


def backup_hosts(context: typing.Any) -> dict[str, set[str]]:
    """Return the names of the enabled hosts of cinder-backup, by zone."""
    columns = _SERVICES.c
    query = sa.select(columns.availability_zone, columns.host).where(
        *serving()
    )
    found: dict[str, set[str]] = collections.defaultdict(set)
    for zone, host in context.session.execute(query):
        found[zone].add(host)
    return dict(found)
