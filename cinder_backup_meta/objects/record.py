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

"""The backup record as a versioned object."""

import typing

from cinder import context as cinder_context
from cinder import objects as cinder_objects
from oslo_versionedobjects import fields

from cinder_backup_meta.objects import base
from cinder_backup_meta.objects import fields as meta_fields
from cinder_backup_meta.record import codec


@base.register
class BackupRecord(base.BackupMetaObject):
    """The content of a record string.

    It has the fields of Cinder's ``Backup`` 1.7, in the same order and with
    the same types. ``driver_info`` precedes them, and ``parent``, which no
    record has, is left out. A field that the record does not have, because an
    older release wrote it, is unset.
    """

    # Version 1.0: Initial version
    VERSION = '1.0'

    fields = {
        #: What the backup driver adds; only the driver knows the structure
        'driver_info': meta_fields.JsonObjectField(nullable=True),
        #: The backup's id; also part of its objects' names in the repository
        'id': fields.UUIDField(),
        #: Who made the backup, in the cloud that exported it
        'user_id': fields.StringField(nullable=True),
        #: The project that owned it there
        'project_id': fields.StringField(nullable=True),
        #: The volume that was backed up; it may no longer exist
        'volume_id': fields.UUIDField(),
        #: The cinder-backup host that owned it there
        'host': fields.StringField(nullable=True),
        #: The availability zone of that host
        'availability_zone': fields.StringField(nullable=True),
        #: The container of the objects in the repository
        'container': fields.StringField(nullable=True),
        #: The backup that an incremental one builds on
        'parent_id': fields.StringField(nullable=True),
        #: Its status when it was exported
        'status': fields.StringField(nullable=True),
        #: Why it once failed; has no meaning in an available backup
        'fail_reason': fields.StringField(nullable=True),
        #: Size of the volume in GiB
        'size': fields.IntegerField(nullable=True),
        #: The name that its owner gave it
        'display_name': fields.StringField(nullable=True),
        #: The description that its owner gave it
        'display_description': fields.StringField(nullable=True),
        #: Where the driver finds the objects in the container
        'service_metadata': fields.StringField(nullable=True),
        #: Class path, or in old records module path, of the backup driver
        'service': fields.StringField(nullable=True),
        #: Number of objects in the repository
        'object_count': fields.IntegerField(nullable=True),
        #: A volume that Cinder created only to make the backup
        'temp_volume_id': fields.StringField(nullable=True),
        #: A snapshot that Cinder created only to make the backup
        'temp_snapshot_id': fields.StringField(nullable=True),
        #: How many incremental backups built on it
        'num_dependent_backups': fields.IntegerField(nullable=True),
        #: The snapshot that was backed up, if it was a snapshot
        'snapshot_id': fields.StringField(nullable=True),
        #: The point in time of the data
        'data_timestamp': fields.DateTimeField(nullable=True),
        #: The volume that it was last restored to
        'restore_volume_id': fields.StringField(nullable=True),
        #: Keys and values that its owner gave it
        'metadata': fields.DictOfStringsField(nullable=True),
        #: The key of an encrypted volume, by its UUID in the key manager
        'encryption_key_id': fields.StringField(nullable=True),
        #: When the backup was made
        'created_at': fields.DateTimeField(nullable=True),
        #: When its row was last changed
        'updated_at': fields.DateTimeField(nullable=True),
        #: Null in the record of a backup that is not deleted
        'deleted_at': fields.DateTimeField(nullable=True),
        #: False in the record of a backup that is not deleted
        'deleted': fields.BooleanField(nullable=True),
    }

    @classmethod
    def from_string(
        cls,
        context: cinder_context.RequestContext,
        record_string: str,
        clock_skew: int,
        ignore_unknown: bool = False,
    ) -> 'BackupRecord':
        """Return the record that a record string holds.

        See :func:`cinder_backup_meta.record.codec.decode`.

        :raises RecordRefused: if the string is not an acceptable record
        """
        values = codec.decode(record_string, clock_skew, ignore_unknown)
        return cls(context, **values)

    @classmethod
    def from_backup(
        cls,
        context: cinder_context.RequestContext,
        backup: cinder_objects.Backup,
        driver_info: dict[str, typing.Any],
    ) -> 'BackupRecord':
        """Return the complete record of a Cinder ``Backup`` object."""
        values = {
            name: getattr(backup, name)
            for name in cls.fields
            if name != 'driver_info'
        }
        return cls(context, driver_info=driver_info, **values)

    def to_string(self) -> str:
        """Return the record string exactly as Cinder would write it."""
        return codec.encode(self.values())

    def values(self) -> dict[str, typing.Any]:
        """Return the fields that are set, by name."""
        return {
            name: getattr(self, name)
            for name in self.fields
            if self.obj_attr_is_set(name)
        }
