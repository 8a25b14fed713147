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

"""The rules of each family of backup drivers, run in cinder-backup.

A repository is where a backup driver stores its backups. A backup's record
enters; what leaves is whether the record may point where it does and, where
the host can look, whether the data of the backup is there. The commands of
cinder-backup-meta-manage use repositories as well.

To give a backup driver its rules:

1. Derive a class from the closest base: ``object_store.ObjectStoreRepository``
   or ``chunked.ChunkedRepository`` for a driver that is derived from Cinder's
   ``ChunkedBackupDriver``, and :class:`.base.Repository` for any other. Its
   ``check_location`` is the only method that every repository must have.
2. Add the interface :class:`.base.Lookup` if the class can tell whether the
   data of a backup is there, and :class:`.base.Listing` if it can list all
   backups in the storage. Without them nothing is looked up or listed, and
   whoever asks for it is informed. The chunked bases have both.
3. Name the class by an entry point in the group
   ``cinder_backup_meta.repositories``, in ``pyproject.toml`` for a driver of
   Cinder's and in the vendor's own package for a vendor's. The entry point's
   name is the class path of the driver, as in the option ``backup_driver``.
4. Test the rules with ``tests/unit/repositories``: ``locations`` has values
   that every repository must refuse, ``storage`` has the tests that every
   chunked repository must pass, and a line in ``test_releases`` holds what
   each release of the driver wrote.

``naming`` and ``lookup`` have what several families need for their rules and
for looking in parallel. ``loading`` finds the repository of a driver, and
``drivers`` compares the names of drivers.
"""
