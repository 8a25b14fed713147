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

"""What tells one catalog from another."""

import datetime
import uuid

from alembic import op
import sqlalchemy as sa

revision = 'a5d27e90c418'
down_revision = '3f1c7a90b5d4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table(
        'catalog_identity',
        sa.Column('identity', sa.String(36), nullable=False),
        sa.Column('created_at', sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint('identity'),
        mysql_engine='InnoDB',
    )
    now = datetime.datetime.now(datetime.UTC)
    op.bulk_insert(
        table,
        [
            {
                'identity': str(uuid.uuid4()),
                'created_at': now.replace(microsecond=0, tzinfo=None),
            }
        ],
    )
