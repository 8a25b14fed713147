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

"""The options of an import or a recovery of many records."""

import typing

from oslo_utils import versionutils
from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base
from cinder_backup_meta.objects import options


@base.register
class BackupRecordBatchOptions(base.BackupMetaObject):
    """The choices of the caller of an import or a recovery."""

    # Version 1.0: Initial version
    # Version 1.1: Added ignore_unknown
    VERSION = '1.1'

    VERIFY_NONE = options.BackupRecordOptions.VERIFY_NONE
    VERIFY_EXISTS = options.BackupRecordOptions.VERIFY_EXISTS
    OWNER_IMPORTER = options.BackupRecordOptions.OWNER_IMPORTER
    OWNER_RECORD = options.BackupRecordOptions.OWNER_RECORD
    #: Refuse a record that cannot be imported, and import the others
    CONFLICT_SKIP = 'skip'
    #: Import nothing if one of the records cannot be imported
    CONFLICT_FAIL = 'fail'
    #: Refuse what exceeds a project's quota
    QUOTA_ENFORCED = 'enforced'
    #: Count the usage of the projects again, and ignore their limits
    QUOTA_RECOUNTED = 'recounted'
    #: Add the new backups to the usage, and ignore the limits
    QUOTA_ADDED = 'added'

    IDS = ('planned',)

    fields = {
        #: How thoroughly to check the repository
        'verify': fields.EnumField(
            valid_values=(VERIFY_NONE, VERIFY_EXISTS), default=VERIFY_EXISTS
        ),
        #: Accept encryption keys that this cloud does not have, or not yet
        'allow_missing_key': fields.BooleanField(default=False),
        #: Read records without the keys that are no fields
        'ignore_unknown': fields.BooleanField(default=False),
        #: Who owns the backups
        'owner': fields.EnumField(
            valid_values=(OWNER_IMPORTER, OWNER_RECORD),
            default=OWNER_IMPORTER,
        ),
        #: Replacements for the projects that the records name, by id; others
        #: are kept
        'projects': fields.DictOfStringsField(default={}),
        #: The same for users
        'users': fields.DictOfStringsField(default={}),
        #: Keep data and keys when the backups are deleted
        'retain': fields.BooleanField(default=False),
        #: What to do if a record cannot be imported
        'on_conflict': fields.EnumField(
            valid_values=(CONFLICT_SKIP, CONFLICT_FAIL), default=CONFLICT_SKIP
        ),
        #: How the quota of the owners' projects is treated
        'quota': fields.EnumField(
            valid_values=(QUOTA_ENFORCED, QUOTA_RECOUNTED, QUOTA_ADDED),
            default=QUOTA_ENFORCED,
        ),
        #: Keep the host and availability zone that a record names
        'keep_host': fields.BooleanField(default=False),
        #: Roll everything back at the end, and only report the outcome
        'dry_run': fields.BooleanField(default=False),
        #: In a dry run: number of backups, by project, that its earlier
        #: requests would have created
        'charged_backups': fields.DictOfIntegersField(default={}),
        #: Their size in GiB, by project
        'charged_gigabytes': fields.DictOfIntegersField(default={}),
        #: In a dry run: ids of backups that its earlier requests would have
        #: created and on which records of this one build
        'planned': fields.ListOfStringsField(default=[]),
    }

    def obj_make_compatible(
        self, primitive: dict[str, typing.Any], target_version: str
    ) -> None:
        """Remove the fields that an older version lacks."""
        super().obj_make_compatible(primitive, target_version)
        if versionutils.convert_version_to_tuple(target_version) < (1, 1):
            primitive.pop('ignore_unknown', None)
