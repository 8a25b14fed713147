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

"""The records of backups, and how far their capture has come."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = '3f1c7a90b5d4'
down_revision = 'e62eb5f262ec'
branch_labels = None
depends_on = None


def _variant(
    plain: sa.types.TypeEngine, of_mysql: sa.types.TypeEngine
) -> sa.types.TypeEngine:
    return plain.with_variant(of_mysql, 'mysql').with_variant(
        of_mysql, 'mariadb'
    )


def _time() -> sa.types.TypeEngine:
    return _variant(sa.DateTime(), mysql.DATETIME(fsp=6))


def upgrade() -> None:
    op.create_table(
        'backup_records',
        sa.Column('id', sa.String(36), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column(
            'record', _variant(sa.Text(), mysql.MEDIUMTEXT()), nullable=False
        ),
        sa.Column('digest', sa.String(64), nullable=False),
        sa.Column('revision', sa.Integer(), nullable=False),
        sa.Column('captured_at', _time(), nullable=False),
        sa.Column('seen_updated_at', _time()),
        sa.Column('state', sa.String(16), nullable=False),
        sa.Column('state_changed_at', _time(), nullable=False),
        sa.Column('project_id', sa.String(255)),
        sa.Column('user_id', sa.String(255)),
        sa.Column('volume_id', sa.String(36), nullable=False),
        sa.Column('parent_id', sa.String(36)),
        sa.Column('name', sa.String(255)),
        sa.Column('service', sa.String(255)),
        sa.Column('host', sa.String(255)),
        sa.Column('availability_zone', sa.String(255)),
        sa.Column('size', sa.Integer()),
        sa.Column('object_count', sa.Integer()),
        sa.Column('encryption_key_id', sa.String(36)),
        sa.Column('created_at', _time(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        mysql_engine='InnoDB',
    )
    for name, columns in (
        ('state_id', ['state', 'id']),
        ('created_at_id', ['created_at', 'id']),
        ('project_id', ['project_id']),
        ('volume_id', ['volume_id']),
        ('parent_id', ['parent_id']),
        ('state_changed_at', ['state', 'state_changed_at']),
    ):
        op.create_index(
            f'backup_records_{name}_idx', 'backup_records', columns
        )
    op.create_table(
        'capture_marks',
        sa.Column('driver', sa.String(255), nullable=False),
        sa.Column('watermark', _time()),
        sa.Column('last_capture_at', _time()),
        sa.Column('last_comparison_at', _time()),
        sa.PrimaryKeyConstraint('driver'),
        mysql_engine='InnoDB',
    )
