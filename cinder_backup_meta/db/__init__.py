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

"""Access to two databases: that of Cinder, and the plugin's own.

Ids, selections and values of columns enter; rows of SQLAlchemy leave. What
they mean is decided in the packages above. :mod:`.cinder` has the statements
on Cinder's tables, :mod:`.catalog` those on the plugin's own tables; the
modules here serve both. It runs in cinder-api, in cinder-backup and in the
commands ``cinder-backup-meta-manage`` and ``cinder-backup-meta-status``.
"""
