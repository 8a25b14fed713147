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

"""The answer of a cinder-backup host to a request about many records."""

import typing

from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base
from cinder_backup_meta.objects import fields as meta_fields


@base.register
class BackupRecordPage(base.BackupMetaAnswer):
    """The outcome of one request of an export, an import or a recovery.

    The single records are flat mappings of strings. A versioned object for
    each would cost more than the rest of the work.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    EMPTY: typing.ClassVar[dict[str, typing.Any]] = {
        'reason': None,
        'detail': None,
        'items': [],
        'omitted': [],
        'next_marker': None,
        'examined': 0,
        'over_quota': [],
    }

    fields = {
        #: DONE or REFUSED
        'result': fields.EnumField(valid_values=('done', 'refused')),
        #: The code from :mod:`cinder_backup_meta.reasons`, null when done
        'reason': fields.StringField(nullable=True),
        #: What is wrong and what to do about it, null when done
        'detail': fields.StringField(nullable=True),
        #: The backup driver of the host that answered, as a class path
        'backup_service': fields.StringField(),
        #: A mapping for each record, in order. In an export: id,
        #: backup_service, backup_url, ancestor ('true' or null). In an import
        #: or a recovery: see :mod:`cinder_backup_meta.importer.outcomes`
        'items': meta_fields.FlatItemsField(),
        #: In an export: id, name, project_id, reason and detail of backups
        #: that cannot be exported
        'omitted': meta_fields.FlatItemsField(),
        #: The marker of the next page, null on the last page
        'next_marker': fields.StringField(nullable=True),
        #: Number of rows that were examined for this page
        'examined': fields.IntegerField(),
        #: Projects that now exceed their quota
        'over_quota': fields.ListOfStringsField(),
    }

    def created_ids(self) -> list[str]:
        """Return the ids of the backups that were created."""
        return [
            item['id'] for item in self.items if item['result'] == 'created'
        ]
