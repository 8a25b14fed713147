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

"""Where the database layer of the host service is found.

Cinder has moved its models between releases; everything else of the plugin
takes them from here.
"""

try:
    from cinder.db.sqlalchemy import api
    from cinder.db.sqlalchemy import models
except ImportError:
    from cinder.db import api
    from cinder.db import models

get_engine = api.get_engine
main_context_manager = api.main_context_manager

Backup = models.Backup
BackupMetadata = models.BackupMetadata
QuotaUsage = models.QuotaUsage
