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

"""What restores need, in cinder-backup."""

import typing

from cinder_backup_meta import objects
from cinder_backup_meta.repositories import lookup
from cinder_backup_meta.restore import requirements
from cinder_backup_meta.worker.endpoints import base


class RestoresEndpoint(base.Endpoint):
    """Answers ``restore_target``."""

    def restore_target(
        self, context: typing.Any, backup: typing.Any
    ) -> objects.BackupRecordTarget:
        """Return what a restore requires of the volume; change nothing."""

        def look() -> dict[str, typing.Any]:
            host = self._host(context)
            if backup.service:
                host.check_service(backup.service)
            return {
                'volume_type_id': lookup.guarded(
                    lambda: requirements.volume_type_id(
                        host.repository, backup
                    )
                )
            }

        return self._done(
            context,
            f'Look at the volume metadata of backup {backup.id}',
            look,
            objects.BackupRecordTarget,
        )
