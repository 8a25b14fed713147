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

"""Lost backups, as the catalog knows them.

What a lost backup needs is not to be destroyed before the backup is recovered,
although no row of Cinder names it.
"""

from collections.abc import Collection
import typing

from cinder_backup_meta.db.catalog import entries
from cinder_backup_meta.db.catalog import migration
from cinder_backup_meta.db.catalog import models
from cinder_backup_meta.db.catalog import selection
from cinder_backup_meta.db.catalog import session
from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models as cinder_models
from cinder_backup_meta import objects
from cinder_backup_meta.retention import presence

# The state changes some time after the loss; until then it is CURRENT.
_KEPT = (objects.BackupRecordEntry.CURRENT, objects.BackupRecordEntry.MISSING)


@session.bounded
def naming_keys(
    context: typing.Any, key_ids: Collection[str]
) -> list[typing.Any]:
    """Return the entries of lost backups that name one of these keys.

    An entry has: id, record, encryption_key_id.

    :param key_ids: what :func:`.db.cinder.keys.owned` has returned
    :raises Refused: if the plugin's own database cannot be asked
    """
    if not (key_ids and presence.is_there(context) and _has_entries()):
        return []
    with session.errors_refused(), session.reader(context):
        found = entries.naming_keys(context, key_ids, _KEPT)
    return _without_row(context, found)


@session.bounded
def entries_of(
    context: typing.Any, backup_ids: Collection[str]
) -> dict[str, typing.Any]:
    """Return by id what the catalog knows of backups, lost or not.

    :raises Refused: if the plugin's own database cannot be asked
    """
    if not (presence.is_there(context) and _has_entries()):
        return {}
    with session.errors_refused(), session.reader(context):
        return selection.whole(context, backup_ids)


@session.bounded
def among(context: typing.Any, backup_ids: Collection[str]) -> set[str]:
    """Return those of the ids whose backups are lost.

    :raises Refused: if the plugin's own database cannot be asked
    """
    if not (backup_ids and presence.is_there(context) and _has_entries()):
        return set()
    with session.errors_refused(), session.reader(context):
        found = entries.standing(context, backup_ids)
    kept = [entry for entry in found.values() if entry.state in _KEPT]
    return {entry.id for entry in _without_row(context, kept)}


def _has_entries() -> bool:
    return migration.has_table(models.BackupRecord.__tablename__)


def _without_row(
    context: typing.Any, found: list[typing.Any]
) -> list[typing.Any]:
    """Return the entries whose backups have no row in Cinder."""
    if not found:
        return []
    with cinder_models.main_context_manager.reader.using(context):
        known = backups.get_states(context, [entry.id for entry in found])
    return [entry for entry in found if entry.id not in known]
