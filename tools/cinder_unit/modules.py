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

"""The modules of Cinder's unit tests that run with the plugin in place.

First those about backups, then those about the seams that the plugin uses:
services and their managers, RPC, policies, quotas, versioned objects. One that
a Cinder release does not have is reported as skipped.
"""

BACKUPS = (
    'api.contrib.test_backup_project_attribute',
    'api.contrib.test_backups',
    'api.v3.test_backups',
    'backup.drivers.test_backup_ceph',
    'backup.drivers.test_backup_driver_base',
    'backup.drivers.test_backup_glusterfs',
    'backup.drivers.test_backup_google',
    'backup.drivers.test_backup_nfs',
    'backup.drivers.test_backup_posix',
    'backup.drivers.test_backup_s3',
    'backup.drivers.test_backup_swift',
    'backup.test_backup',
    'backup.test_backup_messages',
    'backup.test_chunkeddriver',
    'backup.test_rpcapi',
    'db.test_backup_dependents',
    'objects.test_backup',
    'policies.test_backups',
)

SEAMS = (
    'api.contrib.test_admin_actions',
    'api.contrib.test_quotas',
    'api.v3.test_services',
    'cmd.test_status',
    'keymgr.test_migration',
    'message.test_api',
    'objects.test_base',
    'objects.test_cleanable',
    'objects.test_fields',
    'objects.test_objects',
    'scheduler.test_rpcapi',
    'scheduler.test_scheduler',
    'test_cleanable_manager',
    'test_cmd',
    'test_manager',
    'test_policy',
    'test_quota',
    'test_quota_utils',
    'test_rpc',
    'test_service',
)

ALL = tuple(f'cinder.tests.unit.{name}' for name in BACKUPS + SEAMS)
