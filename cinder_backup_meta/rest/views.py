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

"""The bodies of the answers."""

import typing


def show(backup_id: str, retained: bool) -> dict[str, typing.Any]:
    """Return the answer that describes one backup's record."""
    return {'backup_record': {'id': backup_id, 'retained': retained}}


def imported(backup: typing.Any, retained: bool) -> dict[str, typing.Any]:
    """Return the answer to an import.

    :param retained: told only where it is so by this request; an earlier one
        may have retained the backup too
    """
    record = {
        'id': backup.id,
        'name': backup.display_name,
        'status': backup.status,
        'project_id': backup.project_id,
        'user_id': backup.user_id,
    }
    if retained:
        record['retained'] = True
    return {'backup_record': record}
