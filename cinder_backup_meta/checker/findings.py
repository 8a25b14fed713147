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

"""What a comparison finds, and what is to be done about it."""

import collections
import dataclasses
import enum
import typing

_FULL_SYNC = 'run cinder-backup-meta-manage catalog sync --full'
_QUOTA_SYNC = 'run cinder-manage quota sync --project-id with the project'
_BY_HAND = (
    'no command mends it; the documentation of this command has the statement'
)


class Code(str, enum.Enum):
    """What is wrong; the values are stable, scripts match on them."""

    BACKUP_MOVING = 'backup_moving'
    BACKUP_FAILED = 'backup_failed'
    IMPORT_LEFT_BEHIND = 'import_left_behind'
    CHILDREN_MISCOUNTED = 'children_miscounted'
    PARENT_GONE = 'parent_gone'
    METADATA_ORPHANED = 'metadata_orphaned'
    METADATA_DOUBLED = 'metadata_doubled'
    CATALOG_BEHIND = 'catalog_behind'
    BACKUP_LOST = 'backup_lost'
    RECORD_IMPOSSIBLE = 'record_impossible'
    QUOTA_MISCOUNTED = 'quota_miscounted'
    QUOTA_UNCHARGED = 'quota_uncharged'
    QUOTA_DOUBLED = 'quota_doubled'
    RESERVED_MISCOUNTED = 'reserved_miscounted'
    RESERVATION_LEFT = 'reservation_left'
    LOCATION_INVALID = 'location_invalid'
    DATA_MISSING = 'data_missing'
    DATA_UNREADABLE = 'data_unreadable'
    DATA_UNCLAIMED = 'data_unclaimed'
    DRIVER_OTHER = 'driver_other'

    def __str__(self) -> str:
        return self.value


#: What an operator is to do about each.
ADVICE = {
    Code.BACKUP_MOVING: (
        'wait until it is done and check again; if it has come to a halt, '
        'start the cinder-backup of its host anew, which ends it'
    ),
    Code.BACKUP_FAILED: (
        'delete it (openstack volume backup delete --force), if it is not '
        'wanted any more'
    ),
    Code.IMPORT_LEFT_BEHIND: 'run cinder-backup-meta-manage repair --apply',
    Code.CHILDREN_MISCOUNTED: (
        'run cinder-backup-meta-manage repair --counts --apply'
    ),
    Code.PARENT_GONE: (
        'bring the parent back: openstack volume backup record recover, or '
        'the import of its record'
    ),
    Code.METADATA_ORPHANED: _BY_HAND,
    Code.METADATA_DOUBLED: _BY_HAND,
    Code.CATALOG_BEHIND: _FULL_SYNC,
    Code.BACKUP_LOST: (
        'run cinder-backup-meta-manage recover, or openstack volume backup '
        'record recover'
    ),
    Code.RECORD_IMPOSSIBLE: (
        'check it on a host of cinder-backup with its driver, whose log says '
        'what is the matter'
    ),
    Code.QUOTA_MISCOUNTED: _QUOTA_SYNC,
    Code.QUOTA_UNCHARGED: (
        'run cinder-backup-meta-manage recover, which counts all projects '
        'anew; else Cinder does it with the next backup of the project'
    ),
    Code.QUOTA_DOUBLED: _QUOTA_SYNC,
    Code.RESERVED_MISCOUNTED: _QUOTA_SYNC,
    Code.RESERVATION_LEFT: (
        'cinder-scheduler removes it when it is older than its option '
        'reservation_expire'
    ),
    Code.LOCATION_INVALID: (
        'it can not be restored from there; delete nothing of it before you '
        'know who changed its row'
    ),
    Code.DATA_MISSING: (
        'bring the data back into the backup repository; if it is lost, '
        'delete the backup'
    ),
    Code.DATA_UNREADABLE: 'see to the backup repository, then check again',
    Code.DATA_UNCLAIMED: (
        'no command removes it: if no other cloud uses the repository and '
        'nobody has the record of a backup that was deleted while retained, '
        'remove its objects'
    ),
    Code.DRIVER_OTHER: 'check it on a host of cinder-backup with that driver',
}

#: These say that something can't be compared, not that it differs.
NOTES = frozenset((Code.BACKUP_MOVING, Code.BACKUP_FAILED, Code.DRIVER_OTHER))

#: Something could not be looked at.
UNKNOWN = frozenset((Code.DATA_UNREADABLE, Code.RECORD_IMPOSSIBLE))


@dataclasses.dataclass
class Finding:
    """One thing that is not as it should be, or may not be.

    :ivar backup_id: None where it is of a project as a whole
    :ivar moving: it may be gone by itself, because something is just being
        done; it does not count as a difference then
    """

    code: Code
    detail: str
    backup_id: str | None = None
    project_id: str | None = None
    moving: bool = False


class Report:
    """What was compared and found; of each code only the first are kept.

    :ivar compared: how many backups, entries and so on were looked at, by
        name
    :ivar found: how many findings of each code count as differences
    :ivar moving: how many of each code do not
    :ivar kept: findings, by code
    :ivar failed: why a comparison could not be done, by its name
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.compared: collections.Counter[str] = collections.Counter()
        self.found: collections.Counter[Code] = collections.Counter()
        self.moving: collections.Counter[Code] = collections.Counter()
        self.kept: dict[Code, list[Finding]] = collections.defaultdict(list)
        self.failed: dict[str, str] = {}

    def add(self, code: Code, detail: str, **values: typing.Any) -> None:
        """Add a finding, with the values of :class:`Finding`."""
        finding = Finding(code, detail, **values)
        if code in NOTES:
            finding.moving = True
        (self.moving if finding.moving else self.found)[code] += 1
        if len(self.kept[code]) < self._limit:
            self.kept[code].append(finding)

    def number(self, code: Code) -> int:
        """Return how many there are of a code."""
        return self.found[code] + self.moving[code]

    def codes(self) -> list[Code]:
        """Return the codes that there are findings of, in their order."""
        return [code for code in Code if self.number(code)]

    def differ(self) -> bool:
        """Tell whether something differs for sure."""
        return any(
            number and code not in UNKNOWN
            for code, number in self.found.items()
        )

    def is_whole(self) -> bool:
        """Tell whether everything could be looked at."""
        return not self.failed and not any(
            self.found[code] for code in UNKNOWN
        )
