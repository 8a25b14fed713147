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

"""The import: records come in, backups that are ``available`` come out.

Runs in cinder-backup, and in ``cinder-backup-meta-manage recover``;
cinder-api uses :mod:`~.rows` for its answer. What
enters is a page of records and how to import them; what leaves is an outcome
for each record. :mod:`~.pipeline` is the only way through: a single record is
a page of one, a recovery is pages of what the catalog has.

Stands in for ``API._get_import_backup`` and ``BackupManager.import_record``
of Cinder. Those commit a row in the status ``creating`` and its quota before
anything is known about the record; here everything is checked first, and then
the rows, their metadata, the parents' counts and the quota are written in one
transaction, or nothing is.
"""
