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

"""The comparisons that a check consists of."""

from collections.abc import Callable
from collections.abc import Collection
import typing

from cinder_backup_meta.checker import catalog
from cinder_backup_meta.checker import findings
from cinder_backup_meta.checker import quota
from cinder_backup_meta.checker import repository
from cinder_backup_meta.checker import rows
from cinder_backup_meta import exception
from cinder_backup_meta.repositories import drivers

#: The names of the comparisons, in the order in which they are made.
BACKUPS, CATALOG, QUOTA, REPOSITORY = COMPARISONS = (
    'backups',
    'catalog',
    'quota',
    'repository',
)


def check(
    context: typing.Any,
    found: drivers.Instances,
    comparisons: Collection[str],
    limit: int,
    older_than: int,
) -> findings.Report:
    """Make comparisons and return what they found; nothing is written.

    A comparison that fails does not stop the others.

    :param context: an administrator's
    :param found: the instances of the backup driver, of which one is built
        only for a comparison that needs it
    :param comparisons: those of :data:`COMPARISONS` that are wanted
    :param limit: how many findings of each code to keep
    :param older_than: age in seconds from which an unfinished import and a
        reservation are regarded as those of processes that have died
    """
    report = findings.Report(limit)
    actions: dict[str, Callable[[], None]] = {
        BACKUPS: lambda: rows.check(context, report, older_than),
        CATALOG: lambda: catalog.check(context, report, found),
        QUOTA: lambda: quota.check(context, report, older_than),
        REPOSITORY: lambda: repository.check(context, report, found),
    }
    for name in COMPARISONS:
        if name in comparisons:
            try:
                actions[name]()
            except exception.BackupMetaException as error:
                report.failed[name] = str(error)
    return report
