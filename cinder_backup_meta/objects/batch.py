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

"""Many record strings on their way to an import."""

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordBatch(base.BackupMetaObject):
    """Record strings, as they were exported and in the order they came.

    They travel unread: the host that imports them reads them strictly, each
    for itself, and a bad one is refused alone.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    #: Characters that the strings of one message may have together. A message
    #: of RabbitMQ stays below 4 MiB with it, whatever else it carries.
    MAX_LENGTH = 2560 * 1024

    fields = {
        #: The record strings
        'records': fields.ListOfStringsField(),
    }
