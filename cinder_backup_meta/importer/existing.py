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

"""When a record's backup is there already: just so, or another?"""

import typing

from cinder_backup_meta.db.cinder import backups
from cinder_backup_meta import exception
from cinder_backup_meta.importer import rows
from cinder_backup_meta import reasons
from cinder_backup_meta.repositories import drivers

# What finds the data of a backup and ties it to its chain and its owner. The
# rest, such as its name, may well have been edited since.
_IDENTITY = (
    'project_id',
    'volume_id',
    'container',
    'service_metadata',
    'parent_id',
    'size',
    'object_count',
    'encryption_key_id',
    'snapshot_id',
)


def is_there(
    record: typing.Any, values: dict[str, typing.Any], state: typing.Any
) -> bool:
    """Tell whether there is nothing left to be imported of a record.

    :param values: the columns of the row that the record would become
    :param state: the row with its id from
        :func:`cinder_backup_meta.db.cinder.backups.get_states`, None
        without one
    :returns: False if there is no such backup, or a soft-deleted one
    :raises Refused: with BACKUP_EXISTS if there is one and it differs
    """
    if state is None or state.deleted:
        return False
    if state.status not in backups.WHOLE:
        raise refusal(state, 'an import does not touch it')
    if different := _find_differences(record, values, state):
        raise refusal(
            state,
            f'it is not that of the record, for {_join(different)} '
            f'{"differs" if len(different) == 1 else "differ"}',
        )
    return True


def refusal(state: typing.Any, what: str) -> exception.Refused:
    """Return the refusal of a backup that is there, in Cinder's own words."""
    return exception.Refused(
        reasons.Reason.BACKUP_EXISTS,
        f'Backup already exists in database. Its id is {state.id} and its '
        f'status is {state.status}; {what}',
    )


def _find_differences(
    record: typing.Any, values: dict[str, typing.Any], state: typing.Any
) -> list[str]:
    # A number of objects that is not known is exported as 0.
    different = [
        name
        for name in _IDENTITY
        if (getattr(state, name) or None) != (values[name] or None)
    ]
    # A record that does not say when gets the time of its import.
    if rows.get(record, 'created_at') is not None and (
        rows.naive(state.created_at) != values['created_at']
    ):
        different.append('created_at')
    if not drivers.is_driver(state.service, values['service']):
        different.append('service')
    return different


def _join(names: list[str]) -> str:
    return ' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))
