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

:mod:`~.capture` brings it level with Cinder's table ``backups`` for the
backups that it is given, :mod:`~.passes` finds out which, :mod:`~.worker` does
that in the background of cinder-backup. :mod:`~.listing` and :mod:`~.status`
read it.

What is in Cinder's database is never waited for with the catalog's at hand,
and the other way round: each is read and written in transactions of its own.
"""
