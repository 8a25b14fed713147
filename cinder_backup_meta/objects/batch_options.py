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

"""How many records are to be imported."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base
from cinder_backup_meta.objects import options


@base.register
class BackupRecordBatchOptions(base.BackupMetaObject):
    """What the caller of an import of many records chose."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    VERIFY_NONE = options.BackupRecordOptions.VERIFY_NONE
    VERIFY_EXISTS = options.BackupRecordOptions.VERIFY_EXISTS
    OWNER_IMPORTER = options.BackupRecordOptions.OWNER_IMPORTER
    OWNER_RECORD = options.BackupRecordOptions.OWNER_RECORD
    #: A record that can't be imported is refused, the others are imported
    CONFLICT_SKIP = 'skip'
    #: If one can't be imported, none is
    CONFLICT_FAIL = 'fail'
    #: What exceeds a project's quota is refused
    QUOTA_ENFORCED = 'enforced'
    #: What projects have is counted anew, and no limit is looked at
    QUOTA_RECOUNTED = 'recounted'
    #: Projects are charged with what is made, and no limit is looked at
    QUOTA_ADDED = 'added'

    fields = {
        #: How far to look into the repository
        'verify': fields.EnumField(
            valid_values=(VERIFY_NONE, VERIFY_EXISTS), default=VERIFY_EXISTS
        ),
        #: Accept encryption keys that this cloud does not have (yet)
        'allow_missing_key': fields.BooleanField(default=False),
        #: Who will own the backups
        'owner': fields.EnumField(
            valid_values=(OWNER_IMPORTER, OWNER_RECORD),
            default=OWNER_IMPORTER,
        ),
        #: Projects that take the place of those that the records name; one
        #: that is not in it is kept
        'projects': fields.DictOfStringsField(default={}),
        #: The same of users
        'users': fields.DictOfStringsField(default={}),
        #: Keep data and keys when the backups are deleted
        'retain': fields.BooleanField(default=False),
        #: What to do where a record can't be imported
        'on_conflict': fields.EnumField(
            valid_values=(CONFLICT_SKIP, CONFLICT_FAIL), default=CONFLICT_SKIP
        ),
        #: What the limits of the owners' projects mean
        'quota': fields.EnumField(
            valid_values=(QUOTA_ENFORCED, QUOTA_RECOUNTED, QUOTA_ADDED),
            default=QUOTA_ENFORCED,
        ),
        #: Let the host and zone that a record names stay, not the importer's
        'keep_host': fields.BooleanField(default=False),
        #: Do all of it and then undo it, to tell what would come of it
        'dry_run': fields.BooleanField(default=False),
        #: Of a dry run: by project, how many backups its earlier pages would
        #: have made
        'charged_backups': fields.DictOfIntegersField(default={}),
        #: The same in GiB
        'charged_gigabytes': fields.DictOfIntegersField(default={}),
        #: Of a dry run: ids of backups that its earlier pages would have made
        #: and that records of this page build on
        'planned': fields.ListOfStringsField(default=[]),
    }

    @classmethod
    def with_defaults(
        cls, context: object, **values: typing.Any
    ) -> 'BackupRecordBatchOptions':
        """Return options in which what is not given has its default."""
        made = cls(context, **values)
        made.obj_set_defaults()
        return made
