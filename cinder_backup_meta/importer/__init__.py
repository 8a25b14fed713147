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

"""Turning a record into a backup: the checks, and the one transaction.

Stands in for ``API._get_import_backup`` and ``BackupManager.import_record``
of Cinder. Those commit a row in the status ``creating`` and its quota before
they know whether the record is any good; here everything is checked first,
and then the row, its metadata, the parent's count and the quota are written
in one transaction, or nothing is.
"""

import typing

from cinder_backup_meta.importer import checks
from cinder_backup_meta.importer import outcomes
from cinder_backup_meta.importer import pipeline
from cinder_backup_meta.importer import retention
from cinder_backup_meta.importer import rows
from cinder_backup_meta.importer import writing
from cinder_backup_meta import objects
from cinder_backup_meta.repositories import base as repository_base

Home = rows.Home
Owner = rows.Owner
owner_of = rows.owner_of
to_backup = rows.to_backup
check_service = checks.check_service
PageOutcome = outcomes.PageOutcome
import_page = pipeline.import_page


def import_record(
    context: typing.Any,
    record: objects.BackupRecord,
    options: objects.BackupRecordOptions,
    home: rows.Home,
    driver: typing.Any,
    repository: repository_base.Repository,
) -> None:
    """Make an ``available`` backup from a record, or nothing at all.

    The quota of the backup's owner is charged. A soft-deleted backup with
    the same id comes back to life with the values of the record.

    A copy, a record that names another backup's data, becomes a retained
    backup: whichever of the two is deleted, the other can be restored.

    :param driver: the host's backup driver, which may look at the record
    :param repository: the rules of that driver's family
    :raises Refused: with the reason; nothing has been written then
    """
    owner = owner_of(context, record, options)
    # Tempest imports copies, and so can whoever wants to try an import while
    # the backup is there. A record may say anything of its owner, who then
    # could restore what is somebody else's: a copy is the importer's.
    is_copy = checks.check_location(
        record,
        repository,
        with_copies=options.owner == options.OWNER_IMPORTER,
    )
    checks.check_key(context, record, options)
    checks.check_data(record, options, repository)
    checks.ask_driver(to_backup(context, record, home, owner), record, driver)
    values = rows.row_values(record, home, owner)
    with retention.retained(context, record.id, options.retain or is_copy):
        writing.write_row(context, values, record, repository)
