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

"""What comparisons find, and what an operator is to do about it."""

import collections
import dataclasses
import enum
import typing

_FULL_SYNC = 'run cinder-backup-meta-manage catalog sync --full'
_QUOTA_SYNC = 'run cinder-manage quota sync --project-id with the project'
_BY_HAND = (
    'no command repairs it; the documentation of this command has the '
    'statement'
)


class Code(str, enum.Enum):
    """What is wrong; the values are stable, scripts match on them."""

    BACKUP_MOVING = 'backup_moving'
    BACKUP_FAILED = 'backup_failed'
    IMPORT_LEFT_BEHIND = 'import_left_behind'
    CHILDREN_MISCOUNTED = 'children_miscounted'
    PARENT_GONE = 'parent_gone'
    ZONE_UNSERVED = 'zone_unserved'
    METADATA_ORPHANED = 'metadata_orphaned'
    METADATA_DOUBLED = 'metadata_doubled'
    CLOCK_WRONG = 'clock_wrong'
    CATALOG_BEHIND = 'catalog_behind'
    BACKUP_LOST = 'backup_lost'
    RECORD_IMPOSSIBLE = 'record_impossible'
    RECORD_UNREADABLE = 'record_unreadable'
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
    DATA_NOT_LOOKED_AT = 'data_not_looked_at'

    def __str__(self) -> str:
        return self.value


#: What an operator is to do about each code.
ADVICE = {
    Code.BACKUP_MOVING: (
        'wait until it is done and check again; if it makes no progress, '
        'restart cinder-backup on its host, which ends it'
    ),
    Code.BACKUP_FAILED: (
        'delete it (openstack volume backup delete --force), if it is no '
        'longer wanted'
    ),
    Code.IMPORT_LEFT_BEHIND: 'run cinder-backup-meta-manage repair --apply',
    Code.CHILDREN_MISCOUNTED: (
        'run cinder-backup-meta-manage repair --counts --apply'
    ),
    Code.PARENT_GONE: (
        'restore the row of the parent: run openstack volume backup record '
        'recover, or import its record'
    ),
    Code.ZONE_UNSERVED: (
        'enable cinder-backup there, or run cinder-backup-meta-manage repair '
        '--zones --apply'
    ),
    Code.METADATA_ORPHANED: _BY_HAND,
    Code.METADATA_DOUBLED: _BY_HAND,
    Code.CLOCK_WRONG: (
        'correct the clocks of the hosts of Cinder (NTP); the backup can be '
        'recovered here, and its record imported elsewhere with the option '
        '[backup_meta] clock_skew'
    ),
    Code.CATALOG_BEHIND: _FULL_SYNC,
    Code.BACKUP_LOST: (
        'run cinder-backup-meta-manage recover, or openstack volume backup '
        'record recover'
    ),
    Code.RECORD_IMPOSSIBLE: (
        'check it on a cinder-backup host with its driver, whose log says why'
    ),
    Code.RECORD_UNREADABLE: (
        "correct the value in Cinder's row of the backup while it is there: "
        'as it is, neither a recovery nor an import accepts the record'
    ),
    Code.QUOTA_MISCOUNTED: _QUOTA_SYNC,
    Code.QUOTA_UNCHARGED: (
        'run cinder-backup-meta-manage recover, which recounts all projects; '
        'otherwise Cinder does so with the next backup of the project'
    ),
    Code.QUOTA_DOUBLED: _QUOTA_SYNC,
    Code.RESERVED_MISCOUNTED: _QUOTA_SYNC,
    Code.RESERVATION_LEFT: (
        'cinder-scheduler removes it when it is older than its option '
        'reservation_expire'
    ),
    Code.LOCATION_INVALID: (
        'it cannot be restored from there; delete none of its data before '
        'you know who changed its row'
    ),
    Code.DATA_MISSING: (
        'return the data to the backup repository; if it is lost, delete the '
        'backup'
    ),
    Code.DATA_UNREADABLE: (
        'repair the access to the backup repository, then check again'
    ),
    Code.DATA_UNCLAIMED: (
        'no command removes it: if no other cloud uses the repository and '
        'nobody has the record of a backup that was deleted while retained, '
        'remove its objects'
    ),
    Code.DRIVER_OTHER: 'check it on a cinder-backup host with that driver',
    Code.DATA_NOT_LOOKED_AT: (
        'let the service user of cinder-backup read the Swift accounts of all '
        'projects, as the documentation of imports says, then check again'
    ),
}

#: Codes of what cannot be compared, as opposed to what differs.
NOTES = frozenset((Code.BACKUP_MOVING, Code.BACKUP_FAILED, Code.DRIVER_OTHER))

#: Codes of what could not be looked up.
UNKNOWN = frozenset(
    (Code.DATA_UNREADABLE, Code.DATA_NOT_LOOKED_AT, Code.RECORD_IMPOSSIBLE)
)


@dataclasses.dataclass
class Finding:
    """A difference, or something that could not be compared.

    :ivar backup_id: None if it concerns a project as a whole
    :ivar moving: it may disappear by itself because an operation is in
        progress; it does not count as a difference then
    """

    code: Code
    detail: str
    backup_id: str | None = None
    project_id: str | None = None
    moving: bool = False


class Report:
    """What was compared and found.

    :ivar compared: how many backups, entries and so on were compared, by name
    :ivar found: how many findings of each code count as differences
    :ivar moving: how many findings of each code do not
    :ivar kept: the first findings of each code
    :ivar failed: why a comparison has failed, by its name
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
        """Return how many findings of a code there are."""
        return self.found[code] + self.moving[code]

    def codes(self) -> list[Code]:
        """Return the codes of the findings, in the order of :class:`Code`."""
        return [code for code in Code if self.number(code)]

    def differ(self) -> bool:
        """Return whether something differs for certain."""
        return any(
            number and code not in UNKNOWN
            for code, number in self.found.items()
        )

    def is_whole(self) -> bool:
        """Return whether everything could be compared."""
        return not self.failed and not any(
            self.found[code] for code in UNKNOWN
        )
