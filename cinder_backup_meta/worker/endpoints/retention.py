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

"""The flag that keeps a backup's data, in cinder-backup."""

import typing

from cinder_backup_meta import objects
from cinder_backup_meta.retention import retained
from cinder_backup_meta.worker.endpoints import base


class RetentionEndpoint(base.Endpoint):
    """Answers ``is_retained`` and ``release``."""

    def is_retained(
        self, context: typing.Any, backup_id: str
    ) -> objects.BackupRecordOutcome:
        """Return whether a backup is retained."""
        return self._outcome(
            context,
            'Look at retention',
            backup_id,
            lambda: {'retained': retained.is_retained(context, backup_id)},
        )

    def release(
        self,
        context: typing.Any,
        backup_id: str,
        expires_at: float | None = None,
    ) -> objects.BackupRecordOutcome:
        """Release a backup; nothing changes if it is not retained.

        :param expires_at: when the caller gives up, by the clock of Cinder's
            database; nothing is written after that
        """

        def release() -> dict[str, typing.Any]:
            retained.release(context, backup_id)
            return {'retained': False}

        return self._outcome(
            context,
            'Release',
            backup_id,
            self._in_time(context, expires_at, release),
        )
