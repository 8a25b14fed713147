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

"""What an importer may refer to.

An importer who may not import for every owner sees the backups of the own
project only, as Cinder shows them. For such an importer a backup of another
project is not there: records cannot build on it, name its data, or take its
place while it is lost, and no refusal says anything about it.
"""

from collections.abc import Iterable
import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta.db.cinder import models
from cinder_backup_meta import exception
from cinder_backup_meta.importer import entries
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import chunked
from cinder_backup_meta.retention import lost


def only_project(context: typing.Any) -> str | None:
    """Return the only project whose backups an importer sees.

    :returns: None if it is an administrator, as Cinder sees it
    """
    return None if context.is_admin else str(context.project_id)


def is_hidden(thing: typing.Any, project_id: str | None) -> bool:
    """Return whether a backup is not to be seen.

    :param thing: a row or a catalog entry of it, None if there is none
    :param project_id: what :func:`only_project` has returned
    """
    return (
        thing is not None
        and project_id is not None
        and thing.project_id != project_id
    )


def source_ids(page: Iterable[entries.Entry]) -> set[str]:
    """Return the ids of the backups whose data is that of entries."""
    named = {
        chunked.named_id(entry.values['service_metadata']) for entry in page
    }
    return {backup_id for backup_id in named if backup_id}


def check(
    entry: entries.Entry, things: Iterable[typing.Any], project_id: str | None
) -> None:
    """Raise Refused if an entry refers to what is not to be seen.

    :param things: rows or catalog entries of the backup itself, of those with
        the same data and of those that build on it
    :raises Refused: with BACKUP_NOT_FOUND
    """
    if any(is_hidden(thing, project_id) for thing in things):
        raise exception.Refused(
            reasons.Reason.BACKUP_NOT_FOUND,
            f'Backup {entry.record.id} could not be found.',
        )


def check_known(context: typing.Any, page: list[entries.Entry]) -> None:
    """Refuse the entries that refer to backups of other projects, lost or not.

    It comes before the storage is asked, whose answer would tell about them.
    The transaction checks again what has a row then.

    :raises Refused: if the plugin's own database cannot be asked
    """
    project_id = only_project(context)
    open_ = [entry for entry in page if entry.is_open]
    if project_id is None or not open_:
        return
    ids = {entry.record.id for entry in open_} | source_ids(open_)
    with models.main_context_manager.reader.using(context):
        states = backups.get_states(context, list(ids))
    known = lost.entries_of(context, ids)
    for entry in open_:
        involved = {entry.record.id} | source_ids([entry])
        things = [*map(states.get, involved), *map(known.get, involved)]
        try:
            check(entry, things, project_id)
        except exception.Refused as error:
            entry.fault = error
