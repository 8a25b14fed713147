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

"""The tables of Cinder, and which of their rows count as deleted.

Cinder has moved its models between releases; everything else in the plugin
imports them from here.
"""

import typing

import sqlalchemy as sa

try:
    from cinder.db.sqlalchemy import api
    from cinder.db.sqlalchemy import models
except ImportError:
    from cinder.db import api
    from cinder.db import models

get_engine = api.get_engine
main_context_manager = api.main_context_manager

Backup = models.Backup
BackupMetadata = models.BackupMetadata
QuotaUsage = models.QuotaUsage
Snapshot = models.Snapshot
Volume = models.Volume

QUOTAS = QuotaUsage.metadata.tables['quotas']
DRIVER_INITIATOR_DATA = QuotaUsage.metadata.tables['driver_initiator_data']
RESERVATIONS = QuotaUsage.metadata.tables['reservations']
SERVICES = QuotaUsage.metadata.tables['services']

#: The id that belongs to nothing. As ``cinder.backup.api.IMPORT_VOLUME_ID`` it
#: is the volume of the backups that Cinder imports.
ZERO_UUID = '00000000-0000-0000-0000-000000000000'


def live(table: typing.Any, indexed: bool = False) -> sa.sql.ColumnElement:
    """Return the condition that a row of Cinder's is not deleted.

    The column ``deleted`` may be NULL, though no supported release of Cinder
    leaves it so: its models insert false, and a deletion sets it to true. If
    it is NULL all the same, the row counts as deleted, as it does in Cinder's
    own queries (``deleted = false``). Where rows are read by their ids and
    ``deleted`` is looked at in Python, NULL counts as not deleted: an import
    must not overwrite a row that Cinder has not deleted.

    By default MariaDB is kept from using an index that begins with
    ``deleted``. With "deleted = false" it would use that on ``backups``,
    (deleted, project_id), which has nearly all rows under false, and would
    take five times as long as by reading the table.

    :param table: a table, or an alias of one
    :param indexed: let the database use such an index: because few rows are
        not deleted, as in ``reservations``, or because the other conditions
        are on the index too, as that on the project of a backup
    """
    if indexed:
        return typing.cast(sa.sql.ColumnElement, table.c.deleted == sa.false())
    return sa.func.coalesce(table.c.deleted, sa.true()) == sa.false()
