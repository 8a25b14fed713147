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

"""The options of an import of one record."""

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordOptions(base.BackupMetaObject):
    """The choices of the caller of an import.

    The stock REST call has no options and gets the defaults.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    #: Do not check the repository
    VERIFY_NONE = 'none'
    #: Check that all objects of the backup are in the repository
    VERIFY_EXISTS = 'exists'
    #: The importer's user and project own the backup, as in Cinder
    OWNER_IMPORTER = 'importer'
    #: The user and project that the record names own it
    OWNER_RECORD = 'record'

    fields = {
        #: How thoroughly to check the repository
        'verify': fields.EnumField(
            valid_values=(VERIFY_NONE, VERIFY_EXISTS), default=VERIFY_EXISTS
        ),
        #: Who owns the backup
        'owner': fields.EnumField(
            valid_values=(OWNER_IMPORTER, OWNER_RECORD),
            default=OWNER_IMPORTER,
        ),
        #: Accept an encryption key that this cloud does not have, or not yet
        'allow_missing_key': fields.BooleanField(default=False),
        #: Keep data and key when the backup is deleted
        'retain': fields.BooleanField(default=False),
    }
