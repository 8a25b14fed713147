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

"""The ids of rows, which not all databases compare by the same rule.

With the collations that Cinder's and the plugin's tables have in MariaDB and
MySQL, a statement that asks for ids also finds those that differ in case only.
Elsewhere, and in Python, such ids are different ones. What is asked for by id
is therefore answered by the ids that were asked for.
"""

from collections.abc import Iterable

import sqlalchemy as sa


def by_asked(
    rows: Iterable[sa.engine.Row], asked: Iterable[str], key: str = 'id'
) -> dict[str, sa.engine.Row]:
    """Return rows by the ids that were asked for.

    :param rows: what the database has found
    :param asked: the ids in the statement
    :param key: the name of the column with the ids
    """
    spelled = {one.casefold(): one for one in asked}
    found = {}
    for row in rows:
        backup_id = getattr(row, key)
        found[spelled.get(backup_id.casefold(), backup_id)] = row
    return found
