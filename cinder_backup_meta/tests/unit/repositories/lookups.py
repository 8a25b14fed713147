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

"""Looking for the data of backups, for tests of a repository's lookup."""

from cinder_backup_meta.repositories import base


def find_missing(repository, records):
    """Return by backup id what is missing, in words.

    Any other fault is raised.
    """
    missing = {}
    for backup_id, fault in repository.lookup.find_faults(records).items():
        if not isinstance(fault, base.DataMissing):
            raise fault
        missing[backup_id] = fault.what
    return missing
