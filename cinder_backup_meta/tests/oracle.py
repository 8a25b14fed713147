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

"""What must hold of the codec, whatever it is given to read.

Used by the property-based tests and by the fuzz run. The bounds are written
down a second time, in other words than the table's, so that a slip in the
table does not excuse itself.
"""

import datetime
import json
import uuid

from cinder_backup_meta import exception
from cinder_backup_meta import reasons
from cinder_backup_meta.record import codec
from cinder_backup_meta.record import limits

UUIDS = ('id', 'parent_id')
IDS = (
    'volume_id temp_volume_id temp_snapshot_id snapshot_id '
    'restore_volume_id encryption_key_id'
).split()
TIMES = 'data_timestamp created_at updated_at deleted_at'.split()
NUMBERS = {'size': 0, 'object_count': 0, 'num_dependent_backups': 0}
TEXTS = (
    'user_id project_id host availability_zone container status fail_reason '
    'display_name display_description service_metadata service'
).split()
# Those of the texts that no person has written.
IDENTIFIERS = 'user_id project_id host availability_zone service'.split()
NEVER_NULL = {'id', 'volume_id', 'size'}
# An import does without these, or takes them only with some options.
UNJUDGED = (
    'user_id project_id host availability_zone status fail_reason '
    'temp_volume_id temp_snapshot_id restore_volume_id num_dependent_backups '
    'updated_at deleted_at deleted'
).split()
REQUIRED = {
    'id',
    'size',
    'display_name',
    'display_description',
    'container',
    'service_metadata',
    'object_count',
}


def check(string, decode=codec.decode):
    """Read a record string and prove what came of it.

    :param decode: what to read it with first, as the codec does
    :returns: the reason code it was refused with, None if it was accepted
    :raises: whatever else the codec raises; AssertionError for values that
        are out of bounds or that don't survive being written and read
    """
    try:
        values = decode(string)
    except exception.RecordRefused as refused:
        assert isinstance(refused.code, reasons.Reason)
        assert len(str(refused)) < 700
        return refused.code
    check_bounds(values)
    again = codec.encode(values)
    # What is written as an escape is longer than it was in UTF-8.
    if len(again) <= limits.MAX_RECORD_LENGTH:
        assert codec.decode(again) == values
    return None


def check_bounds(values):
    """Assert that every value can be one of a backup's."""
    assert REQUIRED <= values.keys()
    for name, value in values.items():
        if value is None:
            assert name not in NEVER_NULL, name
        else:
            _check_value(name, value)


def _check_value(name, value):
    if name in UUIDS:
        assert str(uuid.UUID(value)) == value, name
    elif name in IDS:
        assert 1 <= len(value) <= 36, name
        assert value.isascii(), name
        assert value.replace('-', '0').replace('_', '0').isalnum(), name
    elif name in TIMES:
        _check_time(name, value)
    elif name in NUMBERS:
        assert type(value) is int, name
        assert NUMBERS[name] <= value < 2**31, name
    elif name in TEXTS:
        _check_text(value)
        assert value.isprintable() or name not in IDENTIFIERS, name
    elif name == 'deleted':
        assert type(value) is bool
    elif name == 'metadata':
        for key, item in value.items():
            _check_text(key)
            _check_text(item)
    else:
        assert name == 'driver_info', name
        assert type(value) is dict
        _check_json(value)


def _check_time(name, value):
    assert value.tzinfo is datetime.timezone.utc
    assert value.microsecond == 0
    if name in UNJUDGED:
        return
    now = datetime.datetime.now(datetime.timezone.utc)
    assert value.year >= 2012
    assert value <= now + datetime.timedelta(seconds=codec.CLOCK_SKEW)


def _check_text(value):
    assert type(value) is str
    assert len(value) <= 255
    value.encode()


def _check_json(value):
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    text.encode()
    assert _depth(value) <= 8


def _depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return 0
    return 1 + max(map(_depth, value), default=0)
