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

"""The answer of the worker to a request about one record."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordOutcome(base.BackupMetaAnswer):
    """What became of a request to export or import one backup.

    Exceptions of our own do not survive the way over RPC, so a refusal
    travels as an outcome with its reason code.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = dict.fromkeys(
        ('reason', 'detail', 'record', 'retained')
    )

    fields = {
        #: DONE or REFUSED
        'result': fields.EnumField(valid_values=('done', 'refused')),
        #: The code from :mod:`cinder_backup_meta.reasons`, null when done
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do, in words, null when done
        'detail': fields.StringField(nullable=True),
        #: The backup driver of the host that answered, as a class path
        'backup_service': fields.StringField(),
        #: The record that was asked for; only in the answer to an export
        'record': fields.ObjectField('BackupRecord', nullable=True),
        #: Whether the backup is retained; only where that was asked
        'retained': fields.BooleanField(nullable=True),
    }
