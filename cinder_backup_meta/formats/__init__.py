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

"""The formats in which backup drivers write into the backup storage.

Bytes from the storage and a backup's record enter; what the bytes say leaves,
or a ValueError. It needs no Cinder, so that any process can use it;
today cinder-backup and cinder-backup-meta-manage do, by ``repositories``.

The data engine reads the data itself. Its entries are ``structure``, which
reads no data yet, and ``replay``. ``chain`` and ``layers`` fold the backups of
a chain, ``description``, ``manifest`` and ``hashes`` read the objects that
describe a backup, ``reading`` and ``proof`` judge one data object each, and
what is wrong is in ``findings``. It reads any ``storage``.
"""
