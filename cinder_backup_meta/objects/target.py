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

"""The volume that a backup can be restored into."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordTarget(base.BackupMetaAnswer):
    """What a restore will require of the volume that it writes to."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = dict.fromkeys(
        ('reason', 'detail', 'volume_type_id')
    )

    fields = {
        #: DONE or REFUSED
        'result': fields.EnumField(valid_values=('done', 'refused')),
        #: The code from :mod:`cinder_backup_meta.reasons`, null when done
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do about it, null when done
        'detail': fields.StringField(nullable=True),
        #: The backup driver of the host that answered, as a class path
        'backup_service': fields.StringField(),
        #: The type that the volume must have, null if any will do
        'volume_type_id': fields.StringField(nullable=True),
    }
