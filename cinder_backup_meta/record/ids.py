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

"""The spelling of ids.

A UUID can be written in several ways. Cinder writes lower-case digits in five
groups; MariaDB and MySQL compare the ids in Cinder's tables without regard to
case, while SQLite, PostgreSQL and Python do not. An id that a caller gives is
therefore brought into Cinder's own form where it enters, and all that follows
compares equal texts.
"""

import uuid


def canonical(text: str) -> str:
    """Return a UUID as Cinder writes it, and any other text unchanged."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return text
