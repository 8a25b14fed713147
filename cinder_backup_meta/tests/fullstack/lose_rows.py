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

"""Loses the rows of backups, as a lost database does.

``python -m ...lose_rows URL ID ...`` is what tempest calls as ``[backup_meta]
lose_command``.
"""

import sys

from cinder_backup_meta.tests.fullstack import database
from cinder_backup_meta.tests.functional import database as functional_database


def main():
    """Delete the rows, however many of the ids have one."""
    url, *backup_ids = sys.argv[1:]
    functional_database.forget(database.Database(url), *backup_ids)


if __name__ == '__main__':
    main()
