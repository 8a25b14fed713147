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

"""The tables of the plugin's own database.

Their declarative base is an own one: with Cinder's they would become a part
of what Cinder's migrations and ``cinder-manage db purge`` deal with.

A change here needs a migration beside it in ``migrations/versions``; a test
compares the two.
"""

import typing

import sqlalchemy as sa
from sqlalchemy import orm

_registry = orm.registry()


class Base(metaclass=orm.DeclarativeMeta):
    """Base of all models."""

    __abstract__ = True
    __table_args__ = {'mysql_engine': 'InnoDB'}

    registry = _registry
    metadata = _registry.metadata

    __table__: typing.ClassVar[sa.Table]


class RetainedBackup(Base):
    """A backup whose data and encryption key outlive its deletion."""

    __tablename__ = 'retained_backups'

    #: The id of the backup in Cinder. There need not be such a backup: the
    #: flag is set before its import and removed after its deletion.
    backup_id = sa.Column(sa.String(36), primary_key=True)
    #: In UTC.
    created_at = sa.Column(sa.DateTime, nullable=False)
    #: Who asked for it, and by which request.
    user_id = sa.Column(sa.String(255))
    project_id = sa.Column(sa.String(255))
    request_id = sa.Column(sa.String(255))
