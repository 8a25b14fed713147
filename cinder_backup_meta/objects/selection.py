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

"""The selection of backups, or of their records, for a request."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordSelection(base.BackupMetaObject):
    """Conditions that must all be met; null means no condition."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {
        'backup_ids': None,
        'project_id': None,
        'volume_id': None,
        'parent_id': None,
        'name': None,
        'service': None,
        'states': None,
        'created_since': None,
        'created_before': None,
        'ancestors': True,
    }

    IDS = ('backup_ids', 'volume_id', 'parent_id')

    fields = {
        #: Only these backups
        'backup_ids': fields.ListOfStringsField(nullable=True),
        #: The project that owns the backup
        'project_id': fields.StringField(nullable=True),
        #: The volume that was backed up
        'volume_id': fields.StringField(nullable=True),
        #: The backup that an incremental one builds on
        'parent_id': fields.StringField(nullable=True),
        #: The name that its owner gave it
        'name': fields.StringField(nullable=True),
        #: Class path of the backup driver
        'service': fields.StringField(nullable=True),
        #: States in the catalog; see :class:`.entry.BackupRecordEntry`
        'states': fields.ListOfStringsField(nullable=True),
        #: Made at this time or later
        'created_since': fields.DateTimeField(nullable=True),
        #: Made before this time
        'created_before': fields.DateTimeField(nullable=True),
        #: Include the backups that a selected one builds on
        'ancestors': fields.BooleanField(),
    }
