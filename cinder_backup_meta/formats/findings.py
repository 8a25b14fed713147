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

"""What the data engine finds wrong with a backup, and where."""

import dataclasses
import enum
import threading


class Code(str, enum.Enum):
    """What is wrong; the values are stable, scripts match on them."""

    # The storage
    OBJECT_MISSING = 'object_missing'
    OBJECT_UNREADABLE = 'object_unreadable'
    OBJECT_UNEXPECTED = 'object_unexpected'

    # One of the two objects that describe a backup
    METADATA_DAMAGED = 'metadata_damaged'
    HASHES_DAMAGED = 'hashes_damaged'
    HASHES_ABSENT = 'hashes_absent'

    # A data object
    OBJECT_DAMAGED = 'object_damaged'
    DATA_WRONG = 'data_wrong'
    MD5_WRONG = 'md5_wrong'
    HASHES_WRONG = 'hashes_wrong'

    # The chain as a whole
    CHAIN_BROKEN = 'chain_broken'
    DATA_BEYOND_END = 'data_beyond_end'
    DATA_ABSENT = 'data_absent'

    def __str__(self) -> str:
        return self.value


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    :ivar code: what it is
    :ivar backup_id: the backup of the chain that it was found in
    :ivar object: the name of the object; None if it is not in a single one
    :ivar offset: where the wrong data begins in the volume, in bytes; None if
        no data is known to be wrong
    :ivar length: how many bytes of the volume are concerned, as far as known
    :ivar text: a sentence for an operator
    """

    code: Code
    backup_id: str
    object: str | None
    offset: int | None
    length: int | None
    text: str


class Findings:
    """A list of findings that threads add to and that stays short.

    A backup whose container is gone has as many findings as objects. They are
    counted beyond the limit, and not kept.

    :ivar listed: the findings, in the order in which they were found
    :ivar unlisted: how many more there were
    """

    def __init__(self, limit: int = 1000) -> None:
        self.listed: list[Finding] = []
        self.unlisted = 0
        self._limit = limit
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many there are, listed or not."""
        return len(self.listed) + self.unlisted

    def add(
        self,
        code: Code,
        backup_id: str,
        text: str,
        object: str | None = None,
        offset: int | None = None,
        length: int | None = None,
    ) -> None:
        """Add a finding; see :class:`Finding`."""
        with self._lock:
            if len(self.listed) < self._limit:
                self.listed.append(
                    Finding(code, backup_id, object, offset, length, text)
                )
            else:
                self.unlisted += 1
