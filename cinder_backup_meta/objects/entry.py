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

"""The entry of one backup in the catalog."""

import typing

from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordEntry(base.BackupMetaObject):
    """The record of a backup in the catalog, with its state and history."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    #: Cinder has the backup
    CURRENT = 'current'
    #: Cinder has lost the backup: its row is gone without a deletion
    MISSING = 'missing'
    #: The backup was deleted in Cinder
    DELETED = 'deleted'
    STATES = (CURRENT, MISSING, DELETED)

    fields = {
        #: The backup's id
        'id': fields.UUIDField(),
        #: CURRENT, MISSING or DELETED
        'state': fields.EnumField(valid_values=STATES),
        #: When it entered that state
        'state_changed_at': fields.DateTimeField(),
        #: When a changed record was last captured
        'captured_at': fields.DateTimeField(),
        #: Number of different records of the backup that were captured
        'revision': fields.IntegerField(),
        #: SHA-256 of the record string, as hexadecimal digits
        'digest': fields.StringField(),
        #: The record string; unset in lists
        'record': fields.StringField(),
        # The fields from here on repeat values of the record.
        #: The project that owned the backup
        'project_id': fields.StringField(nullable=True),
        #: The user who made it
        'user_id': fields.StringField(nullable=True),
        #: The volume that was backed up
        'volume_id': fields.StringField(),
        #: The backup that an incremental one builds on
        'parent_id': fields.StringField(nullable=True),
        #: The name that its owner gave it
        'name': fields.StringField(nullable=True),
        #: The backup driver
        'service': fields.StringField(nullable=True),
        #: The cinder-backup host that owned it
        'host': fields.StringField(nullable=True),
        #: The availability zone of that host
        'availability_zone': fields.StringField(nullable=True),
        #: Size of the volume in GiB
        'size': fields.IntegerField(nullable=True),
        #: Number of objects in the repository
        'object_count': fields.IntegerField(nullable=True),
        #: The key of an encrypted volume
        'encryption_key_id': fields.StringField(nullable=True),
        #: When the backup was made
        'created_at': fields.DateTimeField(),
    }


@base.register
class BackupRecordEntryAnswer(ovo_base.ObjectListBase, base.BackupMetaObject):
    """Entries of the catalog, or the reason why there are none."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {
        'objects': [],
        'reason': None,
        'detail': None,
    }

    fields = {
        #: The entries, in the requested order
        'objects': fields.ListOfObjectsField('BackupRecordEntry'),
        #: The code from :mod:`cinder_backup_meta.reasons`, null when answered
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do about it, null when answered
        'detail': fields.StringField(nullable=True),
    }
