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

"""Statements on the tables of Cinder.

:mod:`~.models` finds the tables in any supported release and says which rows
count as deleted. ``backups`` and ``backup_metadata`` are read by
:mod:`~.backups` (by id, in pages of ids, along chains), :mod:`~.selection` (in
the order of an export) and :mod:`~.locations` (where data is), and written by
:mod:`~.writes`. :mod:`~.quotas` and the modules named after it deal with
quota. :mod:`~.discrepancies` and :mod:`~.stuck_imports` find what is wrong;
the latter also removes it.

No function begins or ends a transaction: each runs in the one that its caller
has begun with ``models.main_context_manager``.
"""
