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

They have their own declarative base. With Cinder's, they would become part of
what Cinder's migrations and ``cinder-manage db purge`` work on.

A change here needs a migration in ``migrations/versions``; a test compares the
two.
"""

import typing

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy import orm

_registry = orm.registry()


def time() -> sa.types.TypeEngine:
    """Return the type of a point of time, in UTC and without a zone.

    It stores microseconds in every database, whereas MySQL's default is whole
    seconds: the times of Cinder's rows are compared with those stored here.
    """
    plain = sa.DateTime()
    precise = mysql.DATETIME(fsp=6)
    return plain.with_variant(precise, 'mysql').with_variant(
        precise, 'mariadb'
    )


def record_string() -> sa.types.TypeEngine:
    """Return the type of a record string, which has up to 1 MiB."""
    plain = sa.Text()
    # The TEXT of MySQL ends at 64 KiB.
    long = mysql.MEDIUMTEXT()
    return plain.with_variant(long, 'mysql').with_variant(long, 'mariadb')


class Base(metaclass=orm.DeclarativeMeta):
    """Base of all models."""

    __abstract__ = True
    __table_args__: typing.ClassVar[typing.Any] = {'mysql_engine': 'InnoDB'}

    registry = _registry
    metadata = _registry.metadata

    __table__: typing.ClassVar[sa.Table]


class RetainedBackup(Base):
    """A backup whose data and encryption key outlive its deletion."""

    __tablename__ = 'retained_backups'

    #: The id of the backup in Cinder. The backup may not exist: this row is
    #: inserted before its import and removed after its deletion.
    backup_id = sa.Column(sa.String(36), primary_key=True)
    #: In UTC.
    created_at = sa.Column(sa.DateTime, nullable=False)
    #: Who asked for it, and by which request.
    user_id = sa.Column(sa.String(255))
    project_id = sa.Column(sa.String(255))
    request_id = sa.Column(sa.String(255))


class CatalogIdentity(Base):
    """What tells this catalog from any other; there is one row."""

    __tablename__ = 'catalog_identity'

    #: A UUID. Copies of the database, and dumps of it, have the same.
    identity = sa.Column(sa.String(36), primary_key=True)
    #: In UTC.
    created_at = sa.Column(sa.DateTime, nullable=False)


class BackupRecord(Base):
    """The record of a backup, as an export would have written it."""

    __tablename__ = 'backup_records'
    __table_args__ = (
        sa.Index('backup_records_state_id_idx', 'state', 'id'),
        sa.Index('backup_records_created_at_id_idx', 'created_at', 'id'),
        sa.Index('backup_records_project_id_idx', 'project_id'),
        sa.Index('backup_records_volume_id_idx', 'volume_id'),
        sa.Index('backup_records_parent_id_idx', 'parent_id'),
        sa.Index(
            'backup_records_state_changed_at_idx', 'state', 'state_changed_at'
        ),
        Base.__table_args__,
    )

    #: The id of the backup in Cinder.
    id = sa.Column(sa.String(36), primary_key=True)
    #: Incremented by each change of the row. A process that has read the row
    #: and wants to change it can tell by this that another one was faster.
    version = sa.Column(sa.Integer, nullable=False)
    record = sa.Column(record_string(), nullable=False)
    #: SHA-256 of the record string, as hexadecimal digits.
    digest = sa.Column(sa.String(64), nullable=False)
    #: How many different records the backup has had.
    revision = sa.Column(sa.Integer, nullable=False)
    #: When the record was stored here.
    captured_at = sa.Column(time(), nullable=False)
    #: ``updated_at`` of the backup when it was last looked at.
    seen_updated_at = sa.Column(time())
    #: One of :attr:`cinder_backup_meta.objects.BackupRecordEntry.STATES`.
    state = sa.Column(sa.String(16), nullable=False)
    state_changed_at = sa.Column(time(), nullable=False)
    #: The columns from here on repeat what the record contains, for queries.
    project_id = sa.Column(sa.String(255))
    user_id = sa.Column(sa.String(255))
    volume_id = sa.Column(sa.String(36), nullable=False)
    parent_id = sa.Column(sa.String(36))
    name = sa.Column(sa.String(255))
    service = sa.Column(sa.String(255))
    host = sa.Column(sa.String(255))
    availability_zone = sa.Column(sa.String(255))
    size = sa.Column(sa.Integer)
    object_count = sa.Column(sa.Integer)
    encryption_key_id = sa.Column(sa.String(36))
    #: When the backup was created; 1970 if its row has no time.
    created_at = sa.Column(time(), nullable=False)


class CaptureMark(Base):
    """How far the hosts with one backup driver have come with capturing."""

    __tablename__ = 'capture_marks'

    #: The class path of the backup driver. Hosts with another driver may be
    #: unable to make the records of its backups.
    driver = sa.Column(sa.String(255), primary_key=True)
    #: All changes before this time are captured, but perhaps some of the last
    #: ``capture_overlap`` seconds before it.
    watermark = sa.Column(time())
    #: When the last pass over the changes has ended.
    last_capture_at = sa.Column(time())
    #: When the last comparison of everything has ended.
    last_comparison_at = sa.Column(time())
