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

"""What the deletion of a backup may destroy."""

from cinder import context as cinder_context
from cinder import exception as cinder_exception
from cinder import objects as cinder_objects
from cinder.policies import backups as cinder_rules

from cinder_backup_meta.api import errors
from cinder_backup_meta.api import hosts
from cinder_backup_meta.api import policy
from cinder_backup_meta.policies import retention as rules


class Retention:
    """The use cases of retained backups.

    :param live_hosts: the cinder-backup hosts to ask
    """

    def __init__(self, live_hosts: hosts.Hosts) -> None:
        self._hosts = live_hosts

    def release(
        self, context: cinder_context.RequestContext, backup_id: str
    ) -> None:
        """Release a backup: deleting it destroys its data and key from now on.

        Has no effect on a backup that is not retained.

        :raises BackupNotFound: if Cinder does not have the backup
        :raises BackupHostUnavailable: if no live host answers
        """
        policy.authorize(context, rules.RELEASE)
        backup = policy.get_backup(context, backup_id)
        policy.authorize(context, rules.RELEASE, policy.owner_of(backup))
        with errors.translated():
            self._hosts.ask(
                lambda host: self._hosts.rpcapi.release(
                    context, host, backup_id
                )
            )


def check_no_children(
    context: cinder_context.RequestContext, backup: cinder_objects.Backup
) -> None:
    """Raise InvalidBackup if an incremental backup of any owner builds on it.

    ``API.delete`` of Cinder looks for such backups in the caller's project
    only. A chain whose backups were imported for different owners could lose
    its beginning.

    :raises PolicyNotAuthorized: if the caller may not delete the backup, and
        thus must not learn what builds on it
    """
    context.authorize(cinder_rules.DELETE_POLICY, target_obj=backup)
    children = cinder_objects.BackupList.get_all(
        context.elevated(), filters={'parent_id': backup.id}, limit=1
    )
    if len(children):
        raise cinder_exception.InvalidBackup(
            reason='Incremental backups exist for this backup.'
        )
