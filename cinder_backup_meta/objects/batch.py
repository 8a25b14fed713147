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

"""The record strings of one request to import many records."""

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordBatch(base.BackupMetaObject):
    """Record strings as they were received, in their order.

    cinder-api does not read them. The host that imports them reads each of
    them strictly and refuses a bad one without the others. Their total length
    is at most :data:`cinder_backup_meta.record.limits.MAX_PAGE_LENGTH`.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    fields = {
        #: The record strings
        'records': fields.ListOfStringsField(),
    }
