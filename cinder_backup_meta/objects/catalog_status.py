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

"""How well the catalog keeps up with Cinder."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base


@base.register
class BackupRecordCatalogStatus(base.BackupMetaObject):
    """Numbers about the catalog, or why there are none."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    fields = {
        #: The code from :mod:`cinder_backup_meta.reasons`, null when answered
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do, in words, null when answered
        'detail': fields.StringField(nullable=True),
        #: Backups whose record in the catalog is not, or no longer, right
        'behind': fields.IntegerField(),
        #: Seconds since the oldest of these changed, null where there is none
        'oldest_behind_seconds': fields.FloatField(nullable=True),
        #: How many records have each state
        'current': fields.IntegerField(),
        'missing': fields.IntegerField(),
        'deleted': fields.IntegerField(),
        #: When what had changed was last captured
        'last_capture_at': fields.DateTimeField(nullable=True),
        #: When all of it was last compared
        'last_comparison_at': fields.DateTimeField(nullable=True),
    }

    @classmethod
    def with_defaults(
        cls, context: typing.Any, **values: typing.Any
    ) -> 'BackupRecordCatalogStatus':
        """Return a status in which what is not given is 0 or null."""
        empty: dict[str, typing.Any] = dict.fromkeys(cls.fields)
        empty.update(behind=0, current=0, missing=0, deleted=0)
        return cls(context, **(empty | values))
