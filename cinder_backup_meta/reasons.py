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

"""The closed list of reason codes for refusals.

A code is part of the interface. Scripts match on it, so that it keeps its
meaning forever and a withdrawn code is never reused. Add new codes at the end
of their group.

Which HTTP status a refusal gets is decided by the table ``EXCEPTIONS`` in
:mod:`cinder_backup_meta.api.errors`. What an operator does about it is in
``doc/source/admin/reasons.rst``.
"""

import enum


class Reason(str, enum.Enum):
    """Why a record or a backup was refused; the value is the stable code."""

    # The record string cannot be read.
    RECORD_TOO_LARGE = 'record_too_large'
    RECORD_NOT_BASE64 = 'record_not_base64'
    RECORD_NOT_UTF8 = 'record_not_utf8'
    RECORD_NOT_JSON = 'record_not_json'
    RECORD_NOT_OBJECT = 'record_not_object'
    RECORD_TOO_DEEP = 'record_too_deep'
    RECORD_NOT_FINITE = 'record_not_finite'
    RECORD_NUMBER_TOO_LONG = 'record_number_too_long'

    # The record can be read, but describes no possible backup.
    DUPLICATE_FIELD = 'duplicate_field'
    UNKNOWN_FIELD = 'unknown_field'
    MISSING_FIELD = 'missing_field'
    INVALID_FIELD = 'invalid_field'
    CONTAINER_INVALID = 'container_invalid'
    SERVICE_METADATA_INVALID = 'service_metadata_invalid'
    DUPLICATE_RECORD = 'duplicate_record'

    # The record contradicts what this cloud already has.
    BACKUP_EXISTS = 'backup_exists'
    PARENT_MISSING = 'parent_missing'
    PARENT_NOT_AVAILABLE = 'parent_not_available'
    PARENT_OF_OTHER_VOLUME = 'parent_of_other_volume'
    PARENT_NOT_OLDER = 'parent_not_older'
    PARENT_IS_DESCENDANT = 'parent_is_descendant'
    QUOTA_EXCEEDED = 'quota_exceeded'
    OWNER_UNKNOWN = 'owner_unknown'
    KEY_MISSING = 'key_missing'
    KEY_MANAGER_FAILED = 'key_manager_failed'
    PARENT_REFUSED = 'parent_refused'
    PAGE_REFUSED = 'page_refused'
    ZONE_UNKNOWN = 'zone_unknown'
    KEY_IN_USE = 'key_in_use'
    DATA_BEING_DELETED = 'data_being_deleted'

    # The backup service cannot do it.
    SERVICE_MISMATCH = 'service_mismatch'
    DRIVER_REFUSED = 'driver_refused'
    HOST_FAILED = 'host_failed'
    DATABASE_REFUSED = 'database_refused'
    CATALOG_UNAVAILABLE = 'catalog_unavailable'
    DRIVER_UNKNOWN = 'driver_unknown'
    DATA_MISSING = 'data_missing'
    DATA_UNREADABLE = 'data_unreadable'
    DATA_NOT_LOOKED_AT = 'data_not_looked_at'

    # The backup cannot be exported.
    BACKUP_NOT_FOUND = 'backup_not_found'
    BACKUP_NOT_AVAILABLE = 'backup_not_available'
    INVALID_MARKER = 'invalid_marker'
    RECORD_NOT_FOUND = 'record_not_found'

    # The bundle cannot be read or written.
    BUNDLE_UNREADABLE = 'bundle_unreadable'
    BUNDLE_NOT_A_BUNDLE = 'bundle_not_a_bundle'
    BUNDLE_VERSION_UNKNOWN = 'bundle_version_unknown'
    BUNDLE_NOT_DECOMPRESSED = 'bundle_not_decompressed'
    BUNDLE_TOO_LARGE = 'bundle_too_large'
    BUNDLE_TRUNCATED = 'bundle_truncated'
    BUNDLE_ALTERED = 'bundle_altered'
    BUNDLE_LINE_INVALID = 'bundle_line_invalid'
    BUNDLE_DUPLICATE = 'bundle_duplicate'
    BUNDLE_ORDER = 'bundle_order'
    BUNDLE_UNWRITABLE = 'bundle_unwritable'
    BUNDLE_EXISTS = 'bundle_exists'
    BUNDLE_PART_EXISTS = 'bundle_part_exists'
    BUNDLE_PART_MISSING = 'bundle_part_missing'
    BUNDLE_PART_DIFFERS = 'bundle_part_differs'
    BUNDLE_PART_BUSY = 'bundle_part_busy'
    BUNDLE_PART_UNTRUSTED = 'bundle_part_untrusted'

    def __str__(self) -> str:
        return self.value
