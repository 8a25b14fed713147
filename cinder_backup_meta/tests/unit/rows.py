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

"""Rows of Cinder's tables to test with, put there by themselves."""

import datetime

import sqlalchemy as sa

from cinder_backup_meta.db.cinder import models
from cinder_backup_meta.tests import samples

T0 = datetime.datetime(2026, 1, 2, 3, 4, 5)


def backup_id(number):
    """Return the id of a backup; ids sort as their numbers do."""
    return f'{number:08x}-0000-4000-8000-000000000000'


def backup(number, parent=None, seconds=None, **values):
    """Return the columns of an available backup.

    :param parent: the number of the backup that it builds on
    :param seconds: after T0, when it was made; by default its number
    """
    seconds = number if seconds is None else seconds
    made = T0 + datetime.timedelta(seconds=seconds)
    id = backup_id(number)
    row = {
        'id': id,
        'user_id': 'user-1',
        'project_id': 'project-1',
        'volume_id': samples.VOLUME_ID,
        'host': 'host-1',
        'availability_zone': 'nova',
        'display_name': f'backup {number}',
        'display_description': None,
        'container': f'{id[0:2]}/{id[2:4]}/{id}',
        'parent_id': None if parent is None else backup_id(parent),
        'status': 'available',
        'fail_reason': None,
        'service_metadata': samples.posix_prefix(samples.VOLUME_ID, id),
        'service': samples.POSIX,
        'size': 1,
        'object_count': 2,
        'num_dependent_backups': 0,
        'data_timestamp': made,
        'created_at': made,
        'updated_at': made,
        'deleted': False,
    }
    return row | values


def chains(chance, number, **chosen):
    """Return backups in chains of any form, many of one time.

    :param chance: a :class:`random.Random`
    :param chosen: further columns, each a function that returns a value
    """
    numbers = list(range(1, number + 1))
    chance.shuffle(numbers)
    seconds, made = {}, []
    for position, one in enumerate(numbers):
        parent = chance.choice([None, *numbers[:position]])
        seconds[one] = chance.randint(seconds.get(parent, 0), 3)
        made.append(
            backup(
                one,
                parent,
                seconds[one],
                project_id=chance.choice('ab'),
                **{name: choose() for name, choose in chosen.items()},
            )
        )
    return made


@models.main_context_manager.writer
def insert(context, *backups, metadata=()):
    """Insert backups, and (backup id, key, value) of metadata."""
    if backups:
        context.session.execute(
            sa.insert(models.Backup.__table__), list(backups)
        )
    for id, key, value in metadata:
        context.session.execute(
            sa.insert(models.BackupMetadata.__table__).values(
                backup_id=id, key=key, value=value, deleted=False
            )
        )


@models.main_context_manager.writer
def insert_services(context, *places, topic='cinder-backup', disabled=False):
    """Insert services, each by its host and availability zone."""
    context.session.execute(
        sa.insert(models.SERVICES),
        [
            {
                'host': host,
                'availability_zone': zone,
                'topic': topic,
                'binary': topic,
                'disabled': disabled,
                'deleted': False,
            }
            for host, zone in places
        ],
    )


@models.main_context_manager.writer
def execute(context, sql):
    """Run a statement."""
    context.session.execute(sa.text(sql))
