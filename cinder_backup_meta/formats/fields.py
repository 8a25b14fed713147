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

"""Reading the fields of a record."""

import typing

#: What Cinder gives a backup whose record does not name the volume, up to
#: 2015.1 and since; an import of those releases left out every volume.
UNKNOWN_VOLUME_IDS = frozenset(
    (None, '0000-0000-0000-0000', '00000000-0000-0000-0000-000000000000')
)


def value(record: typing.Any, name: str) -> typing.Any:
    """Return a field of a record, None if it is unset.

    :param record: may be a versioned object, which raises
        NotImplementedError for an unset field
    """
    try:
        return getattr(record, name)
    except NotImplementedError:
        return None


def has_volume(record: typing.Any) -> bool:
    """Return whether a record names the volume of the backup."""
    return value(record, 'volume_id') not in UNKNOWN_VOLUME_IDS
