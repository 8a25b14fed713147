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

"""What the catalog knows of one backup."""

import typing

from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordEntry(base.BackupMetaObject):
    """The record of a backup in the catalog, with what is kept beside it."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    #: Cinder has the backup
    CURRENT = 'current'
    #: Cinder has lost the backup: nobody has deleted it and it is not there
    MISSING = 'missing'
    #: The backup was deleted in Cinder
    DELETED = 'deleted'
    STATES = (CURRENT, MISSING, DELETED)

    fields = {
        #: The backup's id
        'id': fields.UUIDField(),
        #: CURRENT, MISSING or DELETED
        'state': fields.EnumField(valid_values=STATES),
        #: Since when it has that state
        'state_changed_at': fields.DateTimeField(),
        #: When the record was last captured with a change
        'captured_at': fields.DateTimeField(),
        #: How many different records of the backup there have been
        'revision': fields.IntegerField(),
        #: SHA-256 of the record string, as hexadecimal digits
        'digest': fields.StringField(),
        #: The record string; unset in lists
        'record': fields.StringField(),
        #: From here on: what the record says
        'project_id': fields.StringField(nullable=True),
        'user_id': fields.StringField(nullable=True),
        'volume_id': fields.StringField(),
        'parent_id': fields.StringField(nullable=True),
        'name': fields.StringField(nullable=True),
        'service': fields.StringField(nullable=True),
        'host': fields.StringField(nullable=True),
        'availability_zone': fields.StringField(nullable=True),
        'size': fields.IntegerField(nullable=True),
        'object_count': fields.IntegerField(nullable=True),
        'encryption_key_id': fields.StringField(nullable=True),
        'created_at': fields.DateTimeField(),
    }


@base.register
class BackupRecordEntryAnswer(ovo_base.ObjectListBase, base.BackupMetaObject):
    """Entries of the catalog, or why there are none."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    fields = {
        #: The entries, in the order that was asked for
        'objects': fields.ListOfObjectsField('BackupRecordEntry'),
        #: The code from :mod:`cinder_backup_meta.reasons`, null when answered
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do, in words, null when answered
        'detail': fields.StringField(nullable=True),
    }

    @classmethod
    def with_defaults(
        cls, context: typing.Any, **values: typing.Any
    ) -> 'BackupRecordEntryAnswer':
        """Return an answer in which what is not given is empty."""
        empty: dict[str, typing.Any] = {
            'objects': [],
            'reason': None,
            'detail': None,
        }
        return cls(context, **(empty | values))
