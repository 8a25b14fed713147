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

"""The fields of a backup record, as one table.

The keys are those that Cinder's ``Backup`` object 1.7 exports, in the order
in which Cinder writes them, with ``driver_info`` in front. For each key the
table says how its JSON value is read, whether it may be null or absent, and
what an import does with it.

When a release of Cinder adds a field to backups, the codec refuses it as
``unknown_field`` until it is added to :data:`TABLE`, in Cinder's order. The
test ``test_fields_are_those_of_cinder_in_order`` fails then and names it. A
new row requires these changes:

* ``objects/record.py``: the same field in ``BackupRecord``, with a new version
  of the object and its fingerprint in ``tests/unit/objects/test_versions.py``;
* ``importer/rows.py``: the value, if the field is ``SET``, or an exception, if
  it is not a column of ``backups``;
* ``importer/plan.py`` (``_IDENTITY``) and ``db/cinder/backups.py``
  (``_STATE``): only if the field identifies the data, so that two backups
  that differ in it are not the same;
* ``db/catalog/models.py`` with a migration, and ``catalog/records.py``: only
  if the catalog is to be filtered or sorted by it;
* ``tests/samples.py``: the key in ``record()`` and, with the release, in
  ``_KEYS``; ``tests/unit/record/test_codec.py``: values that are refused;
* ``doc/source/admin/records.rst``: the release. Its table of fields is built
  from this one.
"""

from collections.abc import Callable
import dataclasses
import enum
import typing

from cinder_backup_meta.record import values


class Use(enum.Enum):
    """What an import does with a field of the record."""

    KEPT = 'the backup gets the value of the record'
    SET = 'the import sets a value of its own'
    DROPPED = 'the backup starts without a value'


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One row of the table.

    :ivar name: the key in the record, and the column of Cinder's ``backups``
        table, except for ``driver_info`` and ``metadata``
    :ivar read: takes the JSON value and returns the Python value; raises
        ValueError with what is wrong with it. Its bounds are those of the
        column, or those that Cinder's own API sets: whatever a row of Cinder
        can hold is readable
    :ivar use: what an import does with it
    :ivar nullable: whether null is allowed
    :ivar judged: whether a record with a bad value is refused. Where an import
        does without the value of the record, or only with some options takes
        it, a value that cannot be read is as good as null
    :ivar required: whether a record without the key is refused, as Cinder
        refuses it
    """

    name: str
    read: Callable[[typing.Any], typing.Any]
    use: Use
    nullable: bool = True
    judged: bool = True
    required: bool = False


# The columns of the texts have 255 characters.
TEXT = values.text(255)
IDENTIFIER = values.identifier(255)
COUNT = values.integer(0)
# An existing volume of less than a gigabyte may be managed with a size of 0;
# Cinder writes 0 for a row without a size, too.
SIZE = values.integer(0)

TABLE = (
    Field('driver_info', values.json_object, Use.KEPT),
    Field('id', values.uuid, Use.KEPT, nullable=False, required=True),
    Field('user_id', IDENTIFIER, Use.SET, judged=False),
    Field('project_id', IDENTIFIER, Use.SET, judged=False),
    Field('volume_id', values.foreign_id, Use.KEPT, nullable=False),
    Field('host', IDENTIFIER, Use.SET, judged=False),
    Field('availability_zone', IDENTIFIER, Use.SET, judged=False),
    Field('container', TEXT, Use.KEPT, required=True),
    Field('parent_id', values.uuid, Use.KEPT),
    Field('status', TEXT, Use.SET, judged=False),
    Field('fail_reason', TEXT, Use.DROPPED, judged=False),
    Field('size', SIZE, Use.KEPT, nullable=False, required=True),
    Field('display_name', TEXT, Use.KEPT, required=True),
    Field('display_description', TEXT, Use.KEPT, required=True),
    Field('service_metadata', TEXT, Use.KEPT, required=True),
    Field('service', IDENTIFIER, Use.SET),
    Field('object_count', COUNT, Use.KEPT, required=True),
    Field('temp_volume_id', values.foreign_id, Use.DROPPED, judged=False),
    Field('temp_snapshot_id', values.foreign_id, Use.DROPPED, judged=False),
    Field('num_dependent_backups', COUNT, Use.SET, judged=False),
    Field('snapshot_id', values.foreign_id, Use.KEPT),
    Field('data_timestamp', values.timestamp, Use.KEPT),
    Field('restore_volume_id', values.foreign_id, Use.DROPPED, judged=False),
    Field('metadata', values.string_map, Use.KEPT),
    Field('encryption_key_id', values.foreign_id, Use.KEPT),
    Field('created_at', values.timestamp, Use.KEPT),
    Field('updated_at', values.timestamp, Use.SET, judged=False),
    Field('deleted_at', values.timestamp, Use.DROPPED, judged=False),
    Field('deleted', values.boolean, Use.DROPPED, judged=False),
)

READERS = {field.name: field.read for field in TABLE}
NAMES = frozenset(READERS)
NULLABLE = frozenset(field.name for field in TABLE if field.nullable)
#: The fields that tell a reader which backup a refused record is of
NAMING = ('id', 'project_id', 'display_name', 'size', 'parent_id')
UNJUDGED = frozenset(field.name for field in TABLE if not field.judged)
REQUIRED = tuple(field.name for field in TABLE if field.required)
KEPT = tuple(field.name for field in TABLE if field.use is Use.KEPT)
TIMESTAMPS = tuple(
    field.name for field in TABLE if field.read is values.timestamp
)
#: The times that a backup gets from its record
JUDGED_TIMESTAMPS = tuple(name for name in TIMESTAMPS if name not in UNJUDGED)
#: Fields in which an empty string means null, as the first releases of
#: gophercloud write it: those that are no texts
EMPTY_IS_NULL = frozenset(
    field.name
    for field in TABLE
    if field.nullable
    and field.read in (values.uuid, values.foreign_id, values.timestamp)
)
#: Keys of no field that mean nothing where their value is null. Cinder 15.0
#: wrote ``parent`` into every record.
MEANINGLESS_NULLS = frozenset(('parent',))
