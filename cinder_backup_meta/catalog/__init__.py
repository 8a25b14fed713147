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

"""The catalog: the record of every backup, apart from Cinder's database.

Ids of backups and Cinder's rows enter; entries with records leave, as
versioned objects or rows. It runs in cinder-backup, and in the commands
``cinder-backup-meta-manage catalog`` and ``check``.

:mod:`~.capture` updates the entries of given backups, with what
:mod:`~.records` makes of their rows, to the state that :mod:`~.states` names.
:mod:`~.passes` finds the backups whose entries are out of date, and
:mod:`~.worker` runs it all in the background of cinder-backup.
:mod:`~.queries` and :mod:`~.status` read the catalog.

Cinder's database and the catalog are read and written in separate
transactions. None waits for one database while it holds locks in the other.
"""
