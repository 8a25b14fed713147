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

"""The backups to measure with: chains of several lengths in many projects."""

import datetime
import random
import uuid

from cinder_backup_meta.tests import samples

PROJECTS = 50
_FIRST = datetime.datetime(2025, 1, 1)
_BACKUPS = 'INSERT INTO backups ({}) VALUES ({})'
_METADATA = (
    'INSERT INTO backup_metadata (deleted, backup_id, `key`, value) '
    "VALUES (FALSE, ?, 'tier', 'gold')"
)
#: What is emptied to lose all backups, in this order.
TABLES = ('backup_metadata', 'backups', 'reservations', 'quota_usages')


def make(count, host):
    """Return the rows of backups, as dicts, parents before children.

    A full backup has from none to six incremental ones after it.
    """
    # The same each time, on each side.
    dice = random.Random(0)
    rows = []
    while len(rows) < count:
        rows += _chain(dice, len(rows), host)
    rows = rows[:count]
    # A chain that is cut off has a backup without its child.
    rows[-1]['num_dependent_backups'] = 0
    return rows


def _uuid(dice):
    return str(uuid.UUID(int=dice.getrandbits(128), version=4))


def _chain(dice, number, host):
    volume_id = _uuid(dice)
    project = f'project-{dice.randrange(PROJECTS)}'
    rows, parent_id = [], None
    for length in range(dice.randint(1, 7), 0, -1):
        made = _FIRST + datetime.timedelta(seconds=number + len(rows))
        row = _row(_uuid(dice), volume_id, made, host)
        row.update(
            parent_id=parent_id,
            project_id=project,
            num_dependent_backups=int(length > 1),
            size=dice.randint(1, 20),
        )
        rows.append(row)
        parent_id = row['id']
    return rows


def _row(backup_id, volume_id, made, host):
    return {
        'id': backup_id,
        'volume_id': volume_id,
        'created_at': made,
        'updated_at': made + datetime.timedelta(seconds=40),
        'data_timestamp': made,
        'deleted': False,
        'user_id': 'user-1',
        'host': host,
        'availability_zone': 'nova',
        'display_name': f'nightly {made:%d %B %Y}',
        'container': '/'.join((backup_id[:2], backup_id[2:4], backup_id)),
        'service_metadata': samples.posix_prefix(volume_id, backup_id),
        'service': samples.POSIX,
        'status': 'available',
        'object_count': 2,
    }


def insert(cloud, rows):
    """Put rows into a Cinder's database, every fourth with metadata."""
    names = list(rows[0])
    sql = _BACKUPS.format(', '.join(names), ', '.join('?' * len(names)))
    values = [tuple(_plain(row[name]) for name in names) for row in rows]
    cloud.execute_many(sql, values)
    cloud.execute_many(_METADATA, [(one['id'],) for one in rows[::4]])


def _plain(value):
    # SQLite's module for Python writes a time otherwise than SQLAlchemy.
    if isinstance(value, datetime.datetime):
        return value.isoformat(' ', 'microseconds')
    return value


def lose(cloud):
    """Lose all backups, as with the loss of Cinder's database."""
    for table in TABLES:
        cloud.execute(f'DELETE FROM {table}')


def count(cloud):
    """Return the number of backups that are available."""
    [row] = cloud.select(
        "SELECT COUNT(*) AS number FROM backups WHERE status = 'available' "
        'AND NOT deleted'
    )
    return row['number']
