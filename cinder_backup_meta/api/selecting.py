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

"""What the callers of several use cases choose, as versioned objects."""

import typing

from oslo_config import cfg

from cinder_backup_meta import conf
from cinder_backup_meta import objects

CONF = cfg.CONF
conf.register_opts(CONF)


def selection(
    context: typing.Any, **values: typing.Any
) -> objects.BackupRecordSelection:
    """Return which backups a request is about."""
    return objects.BackupRecordSelection.with_defaults(context, **values)


def options(
    context: typing.Any, **values: typing.Any
) -> objects.BackupRecordBatchOptions:
    """Return how records are to be imported, with the operator's defaults."""
    values.setdefault('verify', CONF.backup_meta.verify)
    return objects.BackupRecordBatchOptions.with_defaults(context, **values)
