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

"""Whether the catalog is up to date with Cinder."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordCatalogStatus(base.BackupMetaObject):
    """Numbers about the catalog, or the reason why there are none."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {
        'reason': None,
        'detail': None,
        'behind': 0,
        'oldest_behind_seconds': None,
        'current': 0,
        'missing': 0,
        'deleted': 0,
        'last_capture_at': None,
        'last_comparison_at': None,
    }

    fields = {
        #: The code from :mod:`cinder_backup_meta.reasons`, null when answered
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do about it, null when answered
        'detail': fields.StringField(nullable=True),
        #: Number of backups whose record in the catalog is not up to date
        'behind': fields.IntegerField(),
        #: Seconds since the oldest of these changed, null if there are none
        'oldest_behind_seconds': fields.FloatField(nullable=True),
        #: Number of records in each state
        'current': fields.IntegerField(),
        'missing': fields.IntegerField(),
        'deleted': fields.IntegerField(),
        #: When the backups that had changed were last captured
        'last_capture_at': fields.DateTimeField(nullable=True),
        #: When all backups were last compared with the catalog
        'last_comparison_at': fields.DateTimeField(nullable=True),
    }
