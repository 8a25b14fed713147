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

"""Statements on the plugin's own database, which is apart from Cinder's.

:mod:`~.models` has the tables, :mod:`~.session` the connection and
:mod:`~.migration` the upgrade of the tables. The statements are in one module
for each table: :mod:`~.entries` (``backup_records``, with the queries for
pages of it in :mod:`~.selection`), :mod:`~.marks` (``capture_marks``) and
:mod:`~.retained` (``retained_backups``). Each function of these runs in the
transaction that its caller has begun with :mod:`~.session`.
"""
