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

"""The versioned objects that travel between cinder-api and cinder-backup.

Importing this package registers them; Cinder's ``objects.register_all`` does
not know them. Both ends of the RPC interface import it.

A request carries a ``BackupRecordSelection`` (which backups), options (how to
import), and a ``BackupRecord`` or a ``BackupRecordBatch`` (what to import).
The answer is a ``BackupRecordOutcome`` about one record, a
``BackupRecordPage`` about many records, a ``BackupRecordEntryAnswer`` from the
catalog, a ``BackupRecordCatalogStatus``, or a ``BackupRecordTarget`` for a
restore.
"""

from cinder_backup_meta.objects.batch import BackupRecordBatch
from cinder_backup_meta.objects.batch_options import BackupRecordBatchOptions
from cinder_backup_meta.objects.catalog_status import BackupRecordCatalogStatus
from cinder_backup_meta.objects.entry import BackupRecordEntry
from cinder_backup_meta.objects.entry import BackupRecordEntryAnswer
from cinder_backup_meta.objects.options import BackupRecordOptions
from cinder_backup_meta.objects.outcome import BackupRecordOutcome
from cinder_backup_meta.objects.page import BackupRecordPage
from cinder_backup_meta.objects.record import BackupRecord
from cinder_backup_meta.objects.selection import BackupRecordSelection
from cinder_backup_meta.objects.target import BackupRecordTarget

__all__ = [
    'BackupRecord',
    'BackupRecordBatch',
    'BackupRecordBatchOptions',
    'BackupRecordCatalogStatus',
    'BackupRecordEntry',
    'BackupRecordEntryAnswer',
    'BackupRecordOptions',
    'BackupRecordOutcome',
    'BackupRecordPage',
    'BackupRecordSelection',
    'BackupRecordTarget',
]
