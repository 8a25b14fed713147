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

"""Copies: backups that have the same data under several ids.

The import of a single record makes them, Cinder's own as well as the
plugin's. Cinder's deletion of either would destroy what the other needs.
"""

import typing

from cinder_backup_meta.db.cinder import locations
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.repositories import chunked


def other_id(context: typing.Any, backup: typing.Any) -> str | None:
    """Return the id of another backup that has the same data.

    :param backup: with the attributes of Cinder's ``Backup``
    :returns: None if no backup that is left has
    """
    prefix = backup.service_metadata
    # In other families many backups name the same data, rightly.
    if chunked.named_id(prefix) is None:
        return None
    with models.main_context_manager.reader.using(context):
        others = locations.naming(context, [prefix])
    return next((row.id for row in others if row.id != backup.id), None)
