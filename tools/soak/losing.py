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

"""Losing rows of backups, as a database does that is restored from a dump.

The dump knows nothing of them: neither the rows nor their quota nor that they
were counted on a parent.
"""

import sqlalchemy as sa


class Database:
    """Cinder's database, of whatever kind.

    :param url: its URL
    """

    def __init__(self, url):
        self._engine = sa.create_engine(url, poolclass=sa.pool.NullPool)

    def select(self, statement, **values):
        """Return what a query finds."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.text(statement), values))

    def chain(self, volume_id):
        """Return the backups of a volume, oldest first; id and status."""
        return self.select(
            'SELECT id, status FROM backups WHERE volume_id = :volume '
            'AND NOT deleted ORDER BY created_at, parent_id IS NOT NULL, id',
            volume=volume_id,
        )

    def lose(self, volume_id, project_id):
        """Lose all backups of a volume, with their quota; return their ids.

        Nothing is lost, and nothing returned, unless all are available.
        """
        with self._engine.begin() as connection:
            # In the order in which Cinder takes its locks: the quota first.
            connection.execute(
                sa.text(
                    'SELECT id FROM quota_usages WHERE project_id = :project '
                    "AND resource IN ('backups', 'backup_gigabytes') "
                    'FOR UPDATE'
                ),
                {'project': project_id},
            ).all()
            rows = connection.execute(
                sa.text(
                    'SELECT id, status, size FROM backups WHERE volume_id = '
                    ':volume AND NOT deleted FOR UPDATE'
                ),
                {'volume': volume_id},
            ).all()
            if not rows or {row.status for row in rows} != {'available'}:
                return []
            self._forget(connection, volume_id, project_id, rows)
        return [row.id for row in rows]

    def _forget(self, connection, volume_id, project_id, rows):
        for statement in (
            'DELETE FROM backup_metadata WHERE backup_id IN (SELECT id FROM '
            'backups WHERE volume_id = :volume AND NOT deleted)',
            'DELETE FROM backups WHERE volume_id = :volume AND NOT deleted',
        ):
            connection.execute(sa.text(statement), {'volume': volume_id})
        for resource, number in (
            ('backups', len(rows)),
            ('backup_gigabytes', sum(row.size for row in rows)),
        ):
            connection.execute(
                sa.text(
                    'UPDATE quota_usages SET in_use = in_use - :number WHERE '
                    'project_id = :project AND resource = :resource AND NOT '
                    'deleted'
                ),
                {
                    'number': number,
                    'project': project_id,
                    'resource': resource,
                },
            )
